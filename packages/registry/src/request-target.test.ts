import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { originForm } from './request-target.ts'
import {
  bytes,
  pushBlob,
  pushImage,
  rawConnection,
  sha256,
  type TestRegistry,
  testRegistry,
} from './testing/test-registry.ts'

describe('the target of a request', () => {
  test.each([
    ['/v2/a/tags/list?n=5', '/v2/a/tags/list?n=5'],
    ['//v2/', '//v2/'],
    ['http://registry.example/v2/?n=5', '/v2/?n=5'],
    ['HTTPS://user:secret@[::1]:5000/v2/', '/v2/'],
    ['http://registry.example', '/'],
    ['http://registry.example?n=5', '/?n=5'],
    ['http://registry.example//v2/', '//v2/'],
    ['http:///v2/', 'http:///v2/'],
    ['ftp://registry.example/v2/', 'ftp://registry.example/v2/'],
    ['registry.example:5000', 'registry.example:5000'],
    ['*', '*'],
    ['', ''],
  ])('%j stands for %j', (target, expected) => {
    expect(originForm(target)).toBe(expected)
  })
})

describe('a request whose target is a whole URL', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await testRegistry()
  })
  afterAll(() => registry.close())

  /** The whole answer to one request. */
  async function answerTo(line: string, more = '', body: string | Uint8Array = ''): Promise<string> {
    const connection = await rawConnection(registry.port)
    connection.write(`${line} HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n${more}\r\n`)
    connection.write(body)
    return await connection.ended()
  }

  test.each(['/v2/', '/livez', '/readyz', '/metrics', '/', '/v2/_catalog', '/v2/library/whole/manifests/v1'])(
    'is answered as its path %s is',
    async (path) => {
      await pushImage(registry, 'library/whole', 'v1')
      expect(await answerTo(`GET http://registry.example:5000${path}`)).toMatch(/^HTTP\/1\.1 200 /)
    },
  )

  test('has its query', async () => {
    await pushImage(registry, 'library/whole', 'v2')
    expect(await answerTo('GET http://registry.example/v2/library/whole/tags/list?n=1')).toMatch(/"tags":\["v1"\]/)
    expect(await answerTo('GET http://registry.example/v2/library/whole/tags/list?n=x')).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('reads a blob', async () => {
    const digest = await pushBlob(registry, 'library/whole', 'content')
    expect(await answerTo(`GET http://registry.example/v2/library/whole/blobs/${digest}`)).toMatch(/\r\n\r\ncontent$/)
  })

  test.each([1000, 3_000_000])('pushes a blob of %i bytes', async (size) => {
    const content = bytes(size, 71)
    const { headers } = await registry.ask('POST', '/v2/library/whole/blobs/uploads/')
    const line = `PUT http://registry.example${headers.location}?digest=${sha256(content)}`
    expect(await answerTo(line, `Content-Length: ${size}\r\n`, content)).toMatch(/^HTTP\/1\.1 201 /)
    const pulled = await registry.ask('GET', `/v2/library/whole/blobs/${sha256(content)}`)
    expect(pulled.body.equals(content)).toBe(true)
  })

  test('that leads nowhere gets 404', async () => {
    expect(await answerTo('GET http://registry.example/v3/')).toMatch(/^HTTP\/1\.1 404 /)
  })

  test.each([
    ['OPTIONS *', 404],
    ['GET *', 404],
    ['GET ftp://registry.example/v2/', 404],
    ['GET registry.example:5000', 400],
    ['CONNECT registry.example:443', 501],
  ])('%s is refused: nothing here is a proxy', async (line, status) => {
    const answer = await answerTo(line)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).errors).toHaveLength(1)
  })
})
