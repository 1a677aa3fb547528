import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { hash } from 'bcrypt'
import type { AccessController } from './controller.ts'
import { type HtpasswdOptions, htpasswdAccess } from './htpasswd.ts'

const pull = [{ type: 'repository', name: 'a', actions: ['pull'] }]
const push = [{ type: 'repository', name: 'a', actions: ['pull', 'push'] }]

describe('htpasswd access', () => {
  let directory: string
  let file: string
  let access: AccessController
  const reloads: (number | string)[] = []
  let reloaded: () => void = () => {}

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tsreg-htpasswd-'))
    file = join(directory, 'htpasswd')
    await writeFile(file, `anna:${await hash('right', 4)}\n`)
    reloads.length = 0
  })
  afterEach(async () => {
    access?.close()
    await rm(directory, { recursive: true })
  })

  const open = async (options: Partial<HtpasswdOptions> = {}): Promise<void> => {
    access = await htpasswdAccess({
      file,
      realm: 'test',
      reloadMs: 10,
      onReload(result) {
        reloads.push('users' in result ? result.users : result.error.message)
        reloaded()
      },
      ...options,
    })
  }
  const nextReload = (): Promise<void> =>
    new Promise((resolve) => {
      reloaded = resolve
    })
  const login = (username: string, password: string, rights = push) =>
    access.authorize({ scheme: 'basic', username, password }, rights)

  test('a user with the right password may do everything', async () => {
    await open()
    expect(await login('anna', 'right')).toEqual({ allowed: true, user: 'anna' })
  })

  test('the second time the answer comes at once, without a computation', async () => {
    await open()
    await login('anna', 'right')
    expect(login('anna', 'right')).toEqual({ allowed: true, user: 'anna' })
  })

  test.each([
    ['a wrong password', 'anna', 'wrong'],
    ['no password', 'anna', ''],
    ['an unknown user', 'zoe', 'right'],
    ['the right password with more behind a NUL', 'anna', 'right\0more'],
  ])('%s gets a challenge', async (_title, user, password) => {
    await open()
    expect(await login(user, password)).toMatchObject({
      allowed: false,
      code: 'UNAUTHORIZED',
      authenticate: expect.stringMatching(/^Basic realm="test"/),
    })
  })

  test('a password is not right because its first 72 bytes are', async () => {
    await writeFile(file, `anna:${await hash('x'.repeat(72), 4)}\n`)
    await open()
    expect(await login('anna', 'x'.repeat(72))).toMatchObject({ allowed: true })
    expect(await login('anna', `${'x'.repeat(72)}y`)).toMatchObject({ allowed: false })
  })

  test('wrong passwords are computed for known and unknown users alike', async () => {
    await open()
    for (const user of ['anna', 'zoe']) expect(login(user, 'wrong')).toBeInstanceOf(Promise)
  })

  test('without credentials nothing is allowed, with tokens neither', async () => {
    await open()
    expect(await access.authorize({ scheme: 'none' }, pull)).toMatchObject({ allowed: false, code: 'UNAUTHORIZED' })
    expect(await access.authorize({ scheme: 'bearer', token: 't' }, pull)).toMatchObject({ allowed: false })
    expect(await access.authorize({ scheme: 'malformed' }, pull)).toMatchObject({ allowed: false })
  })

  test('anonymous pull allows pulls, and nothing else', async () => {
    await open({ anonymousPull: true })
    expect(await access.authorize({ scheme: 'none' }, pull)).toEqual({ allowed: true })
    expect(await access.authorize({ scheme: 'none' }, [])).toEqual({ allowed: true })
    expect(await access.authorize({ scheme: 'none' }, push)).toMatchObject({ allowed: false })
    const catalog = [{ type: 'registry', name: 'catalog', actions: ['*'] }]
    expect(await access.authorize({ scheme: 'none' }, catalog)).toMatchObject({ allowed: false })
    expect(await login('anna', 'wrong', pull)).toMatchObject({ allowed: false })
    expect(access.invitation).toMatch(/^Basic /)
  })

  test('a changed file is read again: new users come in, old passwords do not', async () => {
    await open()
    await login('anna', 'right')
    const again = nextReload()
    await writeFile(join(directory, 'new'), `anna:${await hash('changed', 4)}\nbert:${await hash('also', 4)}\n`)
    await rename(join(directory, 'new'), file)
    await again
    expect(reloads).toEqual([2])
    expect(await login('anna', 'right')).toMatchObject({ allowed: false })
    expect(await login('anna', 'changed')).toMatchObject({ allowed: true })
    expect(await login('bert', 'also')).toMatchObject({ allowed: true })
  })

  test('a broken new file is told about and the old users stay', async () => {
    await open()
    const again = nextReload()
    await writeFile(file, 'anna:cleartext\n')
    await again
    expect(reloads).toEqual([expect.stringMatching(/line 1.*only bcrypt/)])
    expect(await login('anna', 'right')).toMatchObject({ allowed: true })
    const gone = nextReload()
    await rm(file)
    await gone
    expect(reloads[1]).toMatch(/cannot read/)
    expect(await login('anna', 'right')).toMatchObject({ allowed: true })
  })

  test.each([
    ['an unusable line', 'anna:{SHA}abc\n', /line 1: user anna has an unsalted SHA-1 hash/],
    ['no user', '# nobody\n', /names no user; add one with htpasswd -B/],
  ])('a file with %s is refused at the start', async (_title, text, message) => {
    await writeFile(file, text)
    await expect(open()).rejects.toThrow(message)
  })

  test('a file that is not there is refused at the start', async () => {
    await expect(open({ file: join(directory, 'none') })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
