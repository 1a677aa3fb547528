import { expect, test } from '@jest/globals'
import { bytes, imageType, pushBlob, pushImage, rawConnection, sha256, testRegistry } from './testing/test-registry.ts'

test('connections that are cut at any moment leave nothing open and disturb nobody', async () => {
  const registry = await testRegistry()
  const content = bytes(2_000_000, 60)
  const digest = await pushBlob(registry, 'a', content)
  const image = await pushImage(registry, 'a', 'v1')
  const upload = bytes(300_000, 61)
  const head = (line: string, more = '') => `${line} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
  const length = `Content-Length: ${upload.length}\r\n`
  const requests = [
    head(`GET /v2/a/blobs/${digest}`),
    head(`GET /v2/a/blobs/${digest}`, 'Range: bytes=1000-\r\n') + head('GET /v2/a/manifests/v1'),
    head('GET /v2/a/manifests/v1').repeat(50),
    head(`POST /v2/a/blobs/uploads/?digest=${sha256(upload)}`, length),
    head(`POST /v2/a/blobs/uploads/?digest=${sha256(upload)}`, `${length}Expect: 100-continue\r\n`),
    head('PUT /v2/a/manifests/.bad', length),
    head(`PUT /v2/a/manifests/${image}`, `${length}Content-Type: ${imageType}\r\n`),
    head('PUT /v2/a/manifests/v2', `Transfer-Encoding: chunked\r\nContent-Type: ${imageType}\r\n`),
  ]
  await Promise.all(
    Array.from({ length: 160 }, async (_, n) => {
      const connection = await rawConnection(registry.port)
      connection.write(requests[n % requests.length] ?? '')
      if (n % 3 > 0) connection.write(upload.subarray(0, (n * 1999) % upload.length))
      await new Promise((resolve) => setTimeout(resolve, n % 40))
      if (n % 2 === 0) connection.socket.resetAndDestroy()
      else connection.socket.destroy()
    }),
  )
  for (;;) {
    const text = (await registry.ask('GET', '/metrics')).body.toString()
    if (text.includes('tsreg_http_in_flight_requests 1\n')) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect((await registry.ask('GET', `/v2/a/blobs/${digest}`)).body.equals(content)).toBe(true)
  expect((await registry.ask('GET', '/v2/a/manifests/v2')).status).toBe(404)
  expect(registry.logged().filter(({ level }) => Number(level) >= 50)).toEqual([])
  await registry.close()
})
