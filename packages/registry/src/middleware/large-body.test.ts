import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  answerOf,
  bytes,
  errorOf,
  rawConnection,
  sha256,
  type TestRegistry,
  testRegistry,
} from '../testing/test-registry.ts'

const content = bytes(5_000_000, 21)

describe('a large body', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await testRegistry()
  })
  afterAll(() => registry.close())

  const start = async (): Promise<string> =>
    String((await registry.ask('POST', '/v2/library/large/blobs/uploads/')).headers.location)
  const head = (method: string, location: string, length: number, more = ''): string =>
    `${method} ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n${more}\r\n`
  const progress = async (location: string): Promise<unknown> => (await registry.ask('GET', location)).headers.range

  test('arrives whole, and the connection closes after the answer', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, content.byteLength))
    connection.write(content)
    const answer = await connection.ended()
    expect(answer).toMatch(/^HTTP\/1\.1 202 /)
    expect(answer).toMatch(/\r\nConnection: close\r\n/)
    expect(answer).toMatch(/\r\nRange: 0-4999999\r\n/)
    expect((await registry.ask('PUT', `${location}?digest=${sha256(content)}`)).status).toBe(201)
    const pulled = await registry.ask('GET', `/v2/library/large/blobs/${sha256(content)}`)
    expect(pulled.body.equals(content)).toBe(true)
  })

  test.each([1, 1000, 70_000])('arrives whole in pieces of which the first has %s bytes', async (first) => {
    const location = await start()
    const sent = registry.begin('PUT', `${location}?digest=${sha256(content)}`, {
      'content-length': content.byteLength,
    })
    const answer = answerOf(sent)
    sent.write(content.subarray(0, first))
    await new Promise((resolve) => setTimeout(resolve, 20))
    sent.write(content.subarray(first, 3_000_000))
    await new Promise((resolve) => setTimeout(resolve, 20))
    sent.end(content.subarray(3_000_000))
    expect((await answer).status).toBe(201)
  })

  test('waits for 100 Continue before it comes', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, content.byteLength, 'Expect: 100-continue\r\n'))
    await connection.received(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
    connection.write(content)
    expect(await connection.ended()).toMatch(/HTTP\/1\.1 202 /)
  })

  test('cut off in the middle keeps what came, and the upload goes on there', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, content.byteLength))
    connection.write(content.subarray(0, 4_000_000))
    await new Promise((resolve) => setTimeout(resolve, 100))
    connection.socket.destroy()
    let at: unknown
    for (let tries = 0; at !== '0-3999999' && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      at = await progress(location)
    }
    expect(at).toBe('0-3999999')
    const rest = await registry.ask('PATCH', location, { body: content.subarray(4_000_000) })
    expect(rest.headers.range).toBe('0-4999999')
    expect((await registry.ask('PUT', `${location}?digest=${sha256(content)}`)).status).toBe(201)
  })

  test('whose client only stops sending is cut off as well, and what came is kept', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, content.byteLength))
    connection.write(content.subarray(0, 3_000_000))
    connection.socket.end()
    expect(await connection.ended()).toBe('')
    let at: unknown
    for (let tries = 0; at !== '0-2999999' && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      at = await progress(location)
    }
    expect(at).toBe('0-2999999')
  })

  test('with a wrong digest is refused after it was read, and the session is as it was', async () => {
    const location = await start()
    const answer = await registry.ask('PUT', `${location}?digest=${sha256('other')}`, { body: content })
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
    expect(await progress(location)).toBe('0-0')
  })

  test('that another request overtakes is refused before its end, and the client sees why', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, content.byteLength))
    connection.write(content.subarray(0, 2_500_000))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await registry.ask('DELETE', location)).status).toBe(204)
    connection.write(content.subarray(2_500_000))
    const answer = await connection.received(/^HTTP\/1\.1 4\d\d [\s\S]*\r\n\r\n\{/)
    expect(answer).toMatch(/"code":"(BLOB_UPLOAD_UNKNOWN|RANGE_INVALID)"/)
    expect(answer).toMatch(/\r\nConnection: close\r\n/)
  })

  test('is not read beyond its end', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, 3_000_000))
    // What follows is no request of this connection: it closes.
    connection.write(content.subarray(0, 3_000_100))
    expect(await connection.ended()).toMatch(/\r\nRange: 0-2999999\r\n/)
  })

  test('that stands still is cut off by the watchdog', async () => {
    const impatient = await testRegistry({ minRateBytesPerSecond: 1000, rateGraceSeconds: 0.3 })
    const { headers } = await impatient.ask('POST', '/v2/library/large/blobs/uploads/')
    const connection = await rawConnection(impatient.port)
    connection.write(head('PATCH', String(headers.location), content.byteLength))
    connection.write(content.subarray(0, 100_000))
    expect(await connection.ended()).toBe('')
    expect(impatient.logged()).toContainEqual(
      expect.objectContaining({ msg: 'cut off: too slow', direction: 'request' }),
    )
    await impatient.close()
  })

  test('pushed by many at once arrives for each', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const own = Buffer.concat([Buffer.from(`${index}`), content])
        const location = await start()
        return await registry.ask('PUT', `${location}?digest=${sha256(own)}`, { body: own })
      }),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201))
  })
})
