import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { tempDir } from '@tsreg/testkit'
import { fakeHelper } from '../testing/fake-helper.ts'
import { eraseWithHelper, getFromHelper, storeWithHelper } from './helper.ts'

async function get(script: string, options = {}) {
  await using directory = await tempDir()
  const environment = await fakeHelper(directory.path, 'test', script)
  return await getFromHelper('test', 'https://index.docker.io/v1/', { environment, ...options })
}

describe('a credential helper', () => {
  test('is asked for the server on stdin', async () => {
    const script = `read server; [ "$1" = get ] && printf '{"ServerURL":"%s","Username":"jo","Secret":"s:%s"}' "$server" "$server"`
    expect(await get(script)).toEqual({ kind: 'password', username: 'jo', password: 's:https://index.docker.io/v1/' })
  })

  test('marks an identity token by its user name', async () => {
    const script = `printf '{"ServerURL":"x","Username":"<token>","Secret":"t"}'`
    expect(await get(script)).toEqual({ kind: 'identity-token', token: 't' })
  })

  test.each([
    ['says so', 'echo "credentials not found in native keychain"; exit 1'],
    ['has an empty secret', `printf '{"ServerURL":"x","Username":"","Secret":""}'`],
  ])('that knows nothing and %s means anonymous', async (_how, script) => {
    expect(await get(script)).toBeUndefined()
  })

  test.each([
    [
      'says what is wrong on stdout',
      'echo "the vault is locked"; exit 1',
      /docker-credential-test get: the vault is locked/,
    ],
    ['says nothing', 'exit 3', /status 3/],
    ['ends by a signal', 'kill -9 $$', /SIGKILL/],
    ['answers garbage', 'echo hello', /not a JSON object/],
    ['answers half', `printf '{"Username":"jo"}'`, /Username and Secret/],
    ['reads nothing', `exec 0<&-; echo no; exit 1`, /: no/],
    ['answers without end', 'yes', /more than 1048576 bytes/],
  ])('that %s is an error that names it', async (_what, script, message) => {
    await expect(get(script)).rejects.toMatchObject({ code: 'CREDENTIALS', message: expect.stringMatching(message) })
  })

  test('that hangs is ended, with what it started', async () => {
    await using directory = await tempDir()
    const environment = await fakeHelper(directory.path, 'test', `sleep 60 & echo $! > ${directory.join('pid')}; wait`)
    const asked = getFromHelper('test', 'x', { environment, timeoutMs: 300 })
    await expect(asked).rejects.toMatchObject({ message: expect.stringMatching(/no answer within 0.3 s/) })
    const pid = Number(await readFile(directory.join('pid'), 'utf8'))
    await gone(pid)
  })

  test('is ended by the signal', async () => {
    const reason = new Error('enough')
    const abort = new AbortController()
    const asked = get('sleep 60', { signal: abort.signal })
    setTimeout(() => abort.abort(reason), 50)
    await expect(asked).rejects.toBe(reason)
  })

  test.each(['../../bin/sh', 'a b', '', '-x'])('attack: %j is no name of a helper', async (suffix) => {
    await expect(getFromHelper(suffix, 'x')).rejects.toMatchObject({ code: 'CREDENTIALS' })
  })

  test('that is not installed is named', async () => {
    await expect(getFromHelper('surely-absent', 'x')).rejects.toMatchObject({
      message: expect.stringMatching(/docker-credential-surely-absent get: the program is not installed/),
    })
  })

  test('stores and erases', async () => {
    await using directory = await tempDir()
    const environment = await fakeHelper(directory.path, 'test', `cat > ${directory.path}/$1`)
    await storeWithHelper('test', 'h', { username: 'jo', password: 's' }, { environment })
    await eraseWithHelper('test', 'h', { environment })
    expect(JSON.parse(await readFile(directory.join('store'), 'utf8'))).toEqual({
      ServerURL: 'h',
      Username: 'jo',
      Secret: 's',
    })
    expect(await readFile(directory.join('erase'), 'utf8')).toBe('h')
  })

  test('an error does not show what was to be stored', async () => {
    await using directory = await tempDir()
    const environment = await fakeHelper(directory.path, 'test', 'cat; exit 1')
    const stored = storeWithHelper('test', 'h', { username: 'jo', password: 'canary' }, { environment })
    const error = await stored.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'CREDENTIALS' })
    expect(String(error)).not.toContain('canary')
  })
})

/** The process has ended, or will within the time of the test. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
    if (state.includes(') Z')) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
