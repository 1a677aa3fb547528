import { expect, test } from '@jest/globals'
import { bytes, testRegistry } from './testing/test-registry.ts'

test('an upload session that nobody goes on with is discarded, told and counted', async () => {
  const registry = await testRegistry({ uploadExpirySeconds: 0.2 })
  const started = await registry.ask('POST', '/v2/a/blobs/uploads/')
  const location = String(started.headers.location)
  await registry.ask('PATCH', location, { body: bytes(1000) })
  while ((await registry.ask('GET', location)).status !== 404) await new Promise((resolve) => setTimeout(resolve, 50))
  while (!registry.logged().some(({ discarded }) => discarded === 1)) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const metrics = (await registry.ask('GET', '/metrics')).body.toString()
  expect(metrics).toContain('tsreg_stale_uploads_discarded_total 1')
  await registry.close()
})
