import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { type ScriptStep, scriptedServer, tempDir } from '@tsreg/testkit'
import { fakeHelper } from '../testing/fake-helper.ts'
import { dockerCredentials } from './docker-credentials.ts'
import { login, logout } from './login.ts'

const authorization = `Basic ${Buffer.from('jo:secret').toString('base64')}`
const asking: ScriptStep = {
  request: { path: '/v2/', headers: { authorization: undefined } },
  response: { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
}
const accepting: ScriptStep = { request: { path: '/v2/', headers: { authorization } } }
const jo = { username: 'jo', password: 'secret' }

describe('login', () => {
  test('shows the credential to the registry, then keeps it with everything else in the file', async () => {
    await using server = await scriptedServer([asking, accepting])
    await using directory = await tempDir()
    const path = directory.join('config.json')
    const other = { auths: { 'x.example': { auth: 'eDp5' } }, HttpHeaders: { a: 'b' }, unknown: [1, { two: 3 }] }
    await writeFile(path, JSON.stringify(other))
    expect(await login(server.host, { ...jo, path })).toEqual({ helper: undefined, path })
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      ...other,
      auths: { ...other.auths, [server.host]: { auth: Buffer.from('jo:secret').toString('base64') } },
    })
    expect(await dockerCredentials({ path })(server.host)).toEqual({ kind: 'password', ...jo })
  })

  test('that is refused keeps nothing', async () => {
    await using server = await scriptedServer([
      asking,
      { ...asking, request: { path: '/v2/', headers: { authorization } } },
    ])
    await using directory = await tempDir()
    const path = directory.join('config.json')
    await expect(login(server.host, { ...jo, path })).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('verifies a password with the token service', async () => {
    await using tokens = await scriptedServer([
      {
        request: { path: '/token?service=reg&account=jo&client_id=tsreg', headers: { authorization } },
        response: { status: 401 },
      },
    ])
    await using server = await scriptedServer([
      {
        ...asking,
        response: { status: 401, headers: { 'www-authenticate': `Bearer realm="${tokens.url}/token",service="reg"` } },
      },
    ])
    await using directory = await tempDir()
    await expect(login(server.host, { ...jo, path: directory.join('c') })).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    })
  })

  test('replaces all entries that mean the same registry', async () => {
    await using server = await scriptedServer([asking, accepting])
    await using directory = await tempDir()
    const path = directory.join('config.json')
    await writeFile(
      path,
      JSON.stringify({ auths: { [`https://${server.host}/v1/`]: {}, [`http://${server.host}`]: {} } }),
    )
    await login(server.host, { ...jo, path })
    expect(Object.keys(JSON.parse(await readFile(path, 'utf8')).auths)).toEqual([server.host])
  })

  test('leaves the secret to the helper, and a mark in the file', async () => {
    await using server = await scriptedServer([asking, accepting])
    await using directory = await tempDir()
    const environment = await fakeHelper(directory.path, 'keep', `cat > ${directory.path}/$1`)
    const path = directory.join('config.json')
    await writeFile(path, '{"credsStore":"keep"}')
    expect(await login(server.host, { ...jo, path, environment })).toEqual({ helper: 'keep', path })
    expect(JSON.parse(await readFile(directory.join('store'), 'utf8'))).toEqual({
      ServerURL: server.host,
      Username: 'jo',
      Secret: 'secret',
    })
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ credsStore: 'keep', auths: { [server.host]: {} } })
  })

  test('that the helper cannot keep is an error', async () => {
    await using server = await scriptedServer([asking, accepting])
    await using directory = await tempDir()
    const environment = await fakeHelper(directory.path, 'keep', 'echo locked; exit 1')
    const path = directory.join('config.json')
    await writeFile(path, '{"credsStore":"keep"}')
    await expect(login(server.host, { ...jo, path, environment })).rejects.toMatchObject({ code: 'CREDENTIALS' })
    expect(await readFile(path, 'utf8')).toBe('{"credsStore":"keep"}')
  })

  test('a user name with a colon is refused before it is sent', async () => {
    await expect(login('h.example', { username: 'a:b', password: 'x' })).rejects.toMatchObject({ code: 'CREDENTIALS' })
  })
})

describe('logout', () => {
  test('takes out every entry of the registry and leaves the rest', async () => {
    await using directory = await tempDir()
    const path = directory.join('config.json')
    await writeFile(path, JSON.stringify({ auths: { h: {}, 'https://h/v1/': {}, x: { auth: 'y' } }, other: 1 }))
    expect(await logout('h', { path })).toBe(true)
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ auths: { x: { auth: 'y' } }, other: 1 })
    expect(await logout('h', { path })).toBe(false)
  })

  test('tells the helper to forget, by the key that docker uses', async () => {
    await using directory = await tempDir()
    const environment = await fakeHelper(directory.path, 'keep', `cat > ${directory.path}/$1`)
    const path = directory.join('config.json')
    await writeFile(path, '{"credsStore":"keep"}')
    expect(await logout('docker.io', { path, environment })).toBe(true)
    expect(await readFile(directory.join('erase'), 'utf8')).toBe('https://index.docker.io/v1/')
  })
})
