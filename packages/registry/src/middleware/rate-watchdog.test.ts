import { describe, expect, test } from '@jest/globals'
import { answerOf, bytes, pushBlob, rawConnection, sha256, testRegistry } from '../testing/test-registry.ts'

const impatient = { minRateBytesPerSecond: 1000, rateGraceSeconds: 0.3 }

describe('minimum rate', () => {
  test('an upload that stands still is cut off and counted', async () => {
    const registry = await testRegistry(impatient)
    const connection = await rawConnection(registry.port)
    connection.write(
      `POST /v2/a/blobs/uploads/?digest=${sha256('x')} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf`,
    )
    expect(await connection.ended()).toBe('')
    const metrics = (await registry.ask('GET', '/metrics')).body.toString()
    expect(metrics).toContain('tsreg_slow_bodies_cut_total 1')
    expect(registry.logged()).toContainEqual(
      expect.objectContaining({ msg: 'cut off: too slow', direction: 'request' }),
    )
    await registry.close()
  })

  test('an upload that is slow but fast enough arrives', async () => {
    const registry = await testRegistry(impatient)
    const content = bytes(5000, 50)
    const sent = registry.begin('POST', `/v2/a/blobs/uploads/?digest=${sha256(content)}`, {
      'content-length': content.length,
    })
    const answer = answerOf(sent)
    for (let at = 0; at < content.length; at += 250) {
      sent.write(content.subarray(at, at + 250))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    sent.end()
    expect((await answer).status).toBe(201)
    await registry.close()
  })

  test('a download that nobody reads is cut off', async () => {
    const patient = await testRegistry()
    const content = Buffer.alloc(32 * 1024 * 1024, 'content ')
    const digest = await pushBlob(patient, 'a', content)
    const registry = await testRegistry(
      { minRateBytesPerSecond: 100_000_000, rateGraceSeconds: 0.1 },
      { storage: patient.storage },
    )
    const connection = await rawConnection(registry.port)
    connection.socket.pause()
    connection.write(`GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`)
    for (;;) {
      const metrics = (await registry.ask('GET', '/metrics')).body.toString()
      if (metrics.includes('tsreg_slow_bodies_cut_total 1')) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    connection.socket.resume()
    const received = await connection.ended()
    expect(received.length).toBeLessThan(content.length)
    await Promise.all([registry.close(), patient.close()])
  })

  test('0 turns it off', async () => {
    const registry = await testRegistry({ minRateBytesPerSecond: 0, rateGraceSeconds: 0 })
    const sent = registry.begin('POST', `/v2/a/blobs/uploads/?digest=${sha256('xy')}`, { 'content-length': 2 })
    const answer = answerOf(sent)
    sent.write('x')
    await new Promise((resolve) => setTimeout(resolve, 300))
    sent.end('y')
    expect((await answer).status).toBe(201)
    await registry.close()
  })
})
