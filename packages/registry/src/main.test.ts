import { describe, expect, test } from '@jest/globals'
import { startRegistry } from './main.ts'
import { answerOf, bytes, jsonOf, rawConnection, sha256, testRegistry } from './testing/test-registry.ts'

describe('a registry that stops', () => {
  test('lets a running upload finish, answers Connection: close, and takes no new connection', async () => {
    const registry = await testRegistry()
    const content = bytes(200_000, 30)
    const sent = registry.begin('POST', `/v2/library/drain/blobs/uploads/?digest=${sha256(content)}`)
    const answer = answerOf(sent)
    await new Promise((resolve) => sent.write(content.subarray(0, 100_000), resolve))
    await whileInFlight(registry, 1)
    const closed = registry.stop()
    await expect(rawConnection(registry.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    sent.end(content.subarray(100_000))
    const { status, headers } = await answer
    expect([status, headers.connection]).toEqual([201, 'close'])
    await closed
    await registry.close()
    expect(registry.logged().map(({ msg }) => msg)).toContain('stopped')
  })

  test('closes idle connections at once', async () => {
    const registry = await testRegistry()
    const connection = await rawConnection(registry.port)
    connection.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n')
    await connection.received(/\{\}$/)
    await registry.close()
    await connection.ended()
  })

  test('cuts off what is not done when the grace is over', async () => {
    const registry = await testRegistry({ shutdownGraceSeconds: 0.2 })
    const connection = await rawConnection(registry.port)
    connection.write(
      `POST /v2/library/drain/blobs/uploads/?digest=${sha256('x')} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf`,
    )
    await whileInFlight(registry, 1)
    await registry.close()
    expect(await connection.ended()).toBe('')
    expect(registry.logged()).toContainEqual(expect.objectContaining({ msg: 'grace is over, cutting off' }))
  })

  test('is not ready while it drains', async () => {
    const registry = await testRegistry()
    const connection = await rawConnection(registry.port)
    connection.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n')
    const other = await rawConnection(registry.port)
    const upload = `POST /v2/a/blobs/uploads/?digest=${sha256('xy')} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n`
    other.write(upload)
    await whileInFlight(registry, 1)
    const closed = registry.stop()
    other.write('xyGET /readyz HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await other.ended()).toMatch(/^HTTP\/1\.1 201 [\s\S]*Connection: close/i)
    connection.write('\r\n')
    expect(await connection.ended()).toMatch(/Connection: close/i)
    await closed
  })

  test('may be closed twice', async () => {
    const registry = await startRegistry({ listen: '127.0.0.1:0', storage: 'memory:', logLevel: 'silent' })
    await Promise.all([registry.close(), registry.close()])
  })
})

test('a public address without users is refused before anything is opened', async () => {
  await expect(startRegistry({ listen: '0.0.0.0:0', storage: 'file:/nonexistent/x' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    setting: 'listen',
  })
})

test('the URL has the port that was given', async () => {
  const registry = await testRegistry()
  expect(registry.url).toBe(`http://127.0.0.1:${registry.port}`)
  expect(jsonOf(await registry.ask('GET', '/readyz'))).toEqual({ ready: true })
  await registry.close()
})

/** Waits until so many requests are being worked on; their number is in the metrics, which count themselves. */
async function whileInFlight(
  { ask }: Pick<Awaited<ReturnType<typeof testRegistry>>, 'ask'>,
  count: number,
): Promise<void> {
  for (;;) {
    const text = (await ask('GET', '/metrics')).body.toString()
    if (text.includes(`tsreg_http_in_flight_requests ${count + 1}\n`)) return
  }
}
