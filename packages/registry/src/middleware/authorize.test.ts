import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openStorage } from '@tsreg/storage'
import { memoryBucket } from '@tsreg/storage/bucket'
import { hash } from 'bcrypt'
import type { AccessController } from '../access/index.ts'
import {
  type Answer,
  errorOf,
  jsonOf,
  pushBlob,
  pushImage,
  rawConnection,
  sha256,
  type TestRegistry,
  testRegistry,
} from '../testing/test-registry.ts'

const anna = { authorization: `Basic ${Buffer.from('anna:pw').toString('base64')}` }
const wrong = { authorization: `Basic ${Buffer.from('anna:no').toString('base64')}` }

const requests: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/v2/'],
  ['GET', '/v2/_catalog'],
  ['GET', '/v2/a/tags/list'],
  ['GET', '/v2/a/manifests/v1'],
  ['HEAD', '/v2/a/manifests/v1'],
  ['PUT', '/v2/a/manifests/v1'],
  ['DELETE', '/v2/a/manifests/v1'],
  ['GET', `/v2/a/blobs/${sha256('x')}`],
  ['DELETE', `/v2/a/blobs/${sha256('x')}`],
  ['POST', '/v2/a/blobs/uploads/'],
  ['PATCH', '/v2/a/blobs/uploads/x'],
  ['PUT', '/v2/a/blobs/uploads/x'],
  ['GET', '/v2/a/blobs/uploads/x'],
  ['DELETE', '/v2/a/blobs/uploads/x'],
  ['GET', `/v2/a/referrers/${sha256('x')}`],
  ['GET', '/v2/_tsreg/ids/abc'],
  ['GET', '/v2/a/_tsreg/ids/abc'],
  ['GET', '/v2/_oci/ext/discover'],
]

describe('authorization', () => {
  let directory: string
  let file: string
  let registry: TestRegistry
  let open: TestRegistry
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tsreg-auth-'))
    file = join(directory, 'htpasswd')
    await writeFile(file, `anna:${await hash('pw', 4)}\n`)
    const storage = await openStorage(memoryBucket())
    registry = await testRegistry({ htpasswd: file }, { storage })
    open = await testRegistry({ htpasswd: file, anonymousPull: true, realm: 'open house' }, { storage })
  })
  afterAll(async () => {
    await Promise.all([registry.close(), open.close()])
    await rm(directory, { recursive: true })
  })

  /** The same registry for somebody who logs in with every request. */
  const as = ({ ask }: TestRegistry, headers: Record<string, string>): Pick<TestRegistry, 'ask'> => ({
    ask: (method, path, more = {}) => ask(method, path, { ...more, headers: { ...headers, ...more.headers } }),
  })

  test.each(requests)('%s %s needs a login', async (method, path) => {
    for (const headers of [{}, wrong, { authorization: 'Bearer x' }, { authorization: 'nonsense' }]) {
      const answer = await registry.ask(method, path, { headers })
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="tsreg"/)
      expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0')
      if (method !== 'HEAD')
        expect(errorOf(answer)).toMatchObject({ code: 'UNAUTHORIZED', detail: { access: expect.anything() } })
    }
  })

  test('health and metrics need none', async () => {
    for (const path of ['/livez', '/readyz', '/metrics']) {
      expect((await registry.ask('GET', path)).status).toBe(200)
    }
  })

  test('a user pushes, pulls and lists', async () => {
    const user = as(registry, anna)
    await pushImage(user, 'private/app', 'v1')
    expect((await user.ask('GET', '/v2/private/app/manifests/v1')).status).toBe(200)
    expect(jsonOf(await user.ask('GET', '/v2/_catalog'))).toEqual({ repositories: ['private/app'] })
    expect((await user.ask('GET', '/v2/')).status).toBe(200)
  })

  test('the user name is in the access log', async () => {
    await registry.ask('GET', '/v2/', { headers: anna })
    expect(registry.logged()).toContainEqual(expect.objectContaining({ msg: 'request', route: 'base', user: 'anna' }))
  })

  test('with anonymous pull anybody reads and only users write', async () => {
    await pushImage(as(open, anna), 'public/app', 'v1')
    const base = await open.ask('GET', '/v2/')
    expect([base.status, base.headers['www-authenticate']]).toEqual([
      200,
      expect.stringContaining('realm="open house"'),
    ])
    for (const path of ['/v2/public/app/manifests/v1', '/v2/public/app/tags/list']) {
      expect((await open.ask('GET', path)).status).toBe(200)
    }
    for (const [method, path] of [
      ['POST', '/v2/public/app/blobs/uploads/'],
      ['PUT', '/v2/public/app/manifests/v2'],
      ['DELETE', '/v2/public/app/manifests/v1'],
      ['DELETE', '/v2/public/app/_tsreg/repository'],
      ['GET', '/v2/_catalog'],
    ] as const) {
      expect((await open.ask(method, path)).status).toBe(401)
    }
    expect((await open.ask('GET', '/v2/public/app/tags/list', { headers: wrong })).status).toBe(401)
  })

  test('a refused upload is refused before its body: 100-continue is never said', async () => {
    const connection = await rawConnection(registry.port)
    connection.write(
      'POST /v2/a/blobs/uploads/?digest=x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n',
    )
    const text = await connection.received(/UNAUTHORIZED/)
    expect(text).toMatch(/^HTTP\/1\.1 401 /)
    expect(text).not.toContain('100 Continue')
    expect(text).toMatch(/Connection: close/i)
    connection.socket.destroy()
  })
})

describe('rights by repository', () => {
  /** `user` may do everything with `mine/...` and pull `shared/...`. */
  const access: AccessController = {
    authorize(_credentials, wanted) {
      const allowed = wanted.every(
        ({ name, actions }) =>
          name.startsWith('mine/') || (name.startsWith('shared/') && actions.every((action) => action === 'pull')),
      )
      return allowed ? { allowed } : { allowed, code: 'DENIED', message: 'not yours' }
    },
    close: () => {},
  }
  let everybody: TestRegistry
  let user: TestRegistry
  beforeAll(async () => {
    const storage = await openStorage(memoryBucket())
    everybody = await testRegistry({}, { storage })
    user = await testRegistry({}, { storage, access })
    for (const name of ['mine/app', 'shared/app', 'secret/app']) {
      await pushImage(everybody, name, 'v1', { config: '{"same":1}' })
    }
    await pushBlob(everybody, 'shared/app', 'shared blob')
    await pushBlob(everybody, 'secret/app', 'secret blob')
  })
  afterAll(() => Promise.all([everybody.close(), user.close()]))

  test('what is denied to a known caller gets 403', async () => {
    const answer: Answer = await user.ask('GET', '/v2/secret/app/manifests/v1')
    expect([answer.status, errorOf(answer).code]).toEqual([403, 'DENIED'])
  })

  test('a mount from a repository that may be pulled succeeds, from any other it becomes a session', async () => {
    const shared = sha256('shared blob')
    const secret = sha256('secret blob')
    const mount = (query: string) => user.ask('POST', `/v2/mine/app/blobs/uploads/?mount=${query}`)
    expect((await mount(`${shared}&from=shared/app`)).status).toBe(201)
    expect((await mount(`${secret}&from=secret/app`)).status).toBe(202)
    expect((await mount(secret)).status).toBe(202)
    expect((await user.ask('HEAD', `/v2/mine/app/blobs/${secret}`)).status).toBe(404)
  })

  test('IDs are found only where the caller may pull', async () => {
    const prefix = sha256('{"same":1}').slice(7, 30)
    const { matches } = jsonOf<{ matches: { repository: string }[] }>(await user.ask('GET', `/v2/_tsreg/ids/${prefix}`))
    expect(matches.map(({ repository }) => repository).sort()).toEqual(['mine/app', 'shared/app'])
  })
})
