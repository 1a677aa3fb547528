import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { chunked } from './content.ts'
import { scriptedServer } from './scripted-server.ts'

describe('scriptedServer', () => {
  test('each request takes the first free step that fits it', async () => {
    await using server = await scriptedServer([
      { request: { path: '/a' }, response: { body: 'one' } },
      { request: { path: /^\/b\?/ }, response: { status: 404, body: { errors: [] }, headers: { 'x-test': '1' } } },
      { request: { path: '/a' }, response: { body: 'two' } },
    ])
    expect(await text(`${server.url}/a`)).toBe('one')
    const second = await fetch(`${server.url}/b?c=d`)
    expect([second.status, second.headers.get('x-test'), await second.json()]).toEqual([404, '1', { errors: [] }])
    expect(await text(`${server.url}/a`)).toBe('two')
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /a', 'GET /b?c=d', 'GET /a'])
  })

  test('headers of the step must be there, or be absent', async () => {
    await using server = await scriptedServer([
      { request: { path: '/', headers: { authorization: undefined } }, response: { status: 401 } },
      { request: { path: '/', headers: { authorization: /^Basic / } }, response: { status: 200 } },
    ])
    expect((await fetch(server.url, { headers: { authorization: 'Basic eDp5' } })).status).toBe(200)
    expect((await fetch(server.url)).status).toBe(401)
  })

  test('the body of a request is recorded, and a reply can repeat it', async () => {
    await using server = await scriptedServer([
      { request: { method: 'PUT', path: '/x' }, response: ({ body }) => ({ status: 201, body: `got ${body}` }) },
    ])
    const response = await fetch(`${server.url}/x`, { method: 'PUT', body: 'hello' })
    expect(await response.text()).toBe('got hello')
    expect(server.requests[0]).toMatchObject({ bodySize: 5, bodyDigest: digestOf('hello') })
  })

  test('a step for two requests answers two', async () => {
    await using server = await scriptedServer([{ request: { path: '/' }, response: { body: 'x' }, times: 2 }])
    expect([await text(server.url), await text(server.url)]).toEqual(['x', 'x'])
  })

  test('a step for any number of requests may stay unused', async () => {
    await using server = await scriptedServer([{ request: { path: '/' }, times: Number.POSITIVE_INFINITY }])
    expect(() => server.assertDone()).not.toThrow()
  })

  test('steps that did not come and requests that were not expected are named', async () => {
    const server = await scriptedServer([{ request: { method: 'PUT', path: '/never' } }])
    expect((await fetch(`${server.url}/other`)).status).toBe(599)
    await server.close()
    expect(() => server.assertDone()).toThrow(/unexpected: GET \/other\n.*did not come \(1 times\): PUT \/never/)
  })

  test('in an ordered script a request that comes too early is unexpected', async () => {
    const script = [{ request: { path: '/first' } }, { request: { path: '/second' } }]
    const server = await scriptedServer(script, { ordered: true })
    expect((await fetch(`${server.url}/second`)).status).toBe(599)
    await server.close()
    expect(() => server.assertDone()).toThrow('unexpected: GET /second')
  })

  test('a stream is sent without a length', async () => {
    await using server = await scriptedServer([
      { request: { path: '/' }, response: { body: chunked(Buffer.from('streamed'), 3) } },
    ])
    const response = await fetch(server.url)
    expect([response.headers.get('content-length'), await response.text()]).toEqual([null, 'streamed'])
  })

  test('HEAD has the headers and no body', async () => {
    await using server = await scriptedServer([{ request: { method: 'HEAD', path: '/' }, response: { body: '12345' } }])
    const response = await fetch(server.url, { method: 'HEAD' })
    expect([response.headers.get('content-length'), await response.text()]).toEqual(['5', ''])
  })

  test('a 204 has no length', async () => {
    await using server = await scriptedServer([{ request: { path: '/' }, response: { status: 204 } }])
    expect((await fetch(server.url)).headers.get('content-length')).toBeNull()
  })

  test('a cut reply promises all bytes and breaks off after some', async () => {
    await using server = await scriptedServer([
      { request: { path: '/' }, response: { body: '0123456789', cutAfterBytes: 4 } },
    ])
    const raw = await exchange(server.host, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    expect(raw).toMatch(/content-length: 10\r\n/i)
    expect(raw.endsWith('\r\n\r\n0123')).toBe(true)
  })

  test('a hang-up sends nothing', async () => {
    await using server = await scriptedServer([{ request: { path: '/' }, response: { hangUp: true } }])
    expect(await exchange(server.host, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n')).toBe('')
  })

  test('garbage is sent as it is', async () => {
    await using server = await scriptedServer([{ request: { path: '/' }, response: { garbage: 'not http' } }])
    expect(await exchange(server.host, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n')).toBe('not http')
  })

  test('a stalled reply stays open until the client leaves', async () => {
    await using server = await scriptedServer([
      { request: { path: '/' }, response: { body: '0123456789', stallAfterBytes: 4 } },
    ])
    const abort = new AbortController()
    const response = await fetch(server.url, { signal: abort.signal })
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect(Buffer.from(first?.value ?? []).toString()).toBe('0123')
    const next = reader?.read()
    abort.abort()
    await expect(next).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('a request can be cut while its body arrives', async () => {
    await using server = await scriptedServer([{ request: { method: 'PUT', path: '/' }, cutRequestAfterBytes: 3 }])
    await expect(fetch(server.url, { method: 'PUT', body: '0123456789' })).rejects.toThrow()
    expect(server.requests[0]?.bodySize).toBeGreaterThanOrEqual(3)
  })
})

async function text(url: string): Promise<string> {
  return (await fetch(url)).text()
}

/** What the server sends until it closes the connection. */
async function exchange(host: string, request: string): Promise<string> {
  const [address = '', port] = host.split(':')
  const socket = connect(Number(port), address)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.write(request)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}
