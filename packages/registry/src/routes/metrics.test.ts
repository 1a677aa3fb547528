import { expect, test } from '@jest/globals'
import { pushImage, testRegistry } from '../testing/test-registry.ts'

test('/metrics counts requests by route, method and status, and names no repository', async () => {
  const registry = await testRegistry()
  await pushImage(registry, 'library/secret-project', 'v1')
  for (let n = 0; n < 3; n += 1) await registry.ask('GET', '/v2/library/secret-project/manifests/v1')
  await registry.ask('GET', '/v2/library/secret-project/manifests/none')
  const answer = await registry.ask('GET', '/metrics')
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = answer.body.toString()
  expect(text).toContain('tsreg_http_requests_total{route="manifest",method="GET",status="200"} 3')
  expect(text).toContain('tsreg_http_requests_total{route="manifest",method="GET",status="404"} 1')
  expect(text).toContain('tsreg_http_requests_total{route="manifest",method="PUT",status="201"} 1')
  expect(text).toContain('tsreg_http_request_duration_seconds_bucket{le="+Inf",route="manifest"} 5')
  expect(text).toContain('tsreg_http_request_duration_seconds_count{route="manifest"} 5')
  expect(text).toMatch(/tsreg_http_in_flight_requests 1\n/)
  expect(text).toMatch(/process_resident_memory_bytes \d{6,}/)
  expect(text).not.toContain('secret-project')
  await registry.close()
})

test('/metrics read twice does not count itself double', async () => {
  const registry = await testRegistry()
  await registry.ask('GET', '/v2/')
  await registry.ask('GET', '/metrics')
  const text = (await registry.ask('GET', '/metrics')).body.toString()
  expect(text).toContain('tsreg_http_requests_total{route="base",method="GET",status="200"} 1')
  await registry.close()
})

test('/metrics can be switched off', async () => {
  const registry = await testRegistry({ metrics: false })
  expect((await registry.ask('GET', '/metrics')).status).toBe(404)
  await registry.close()
})
