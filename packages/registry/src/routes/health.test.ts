import { expect, test } from '@jest/globals'
import { OciError } from '@tsreg/oci'
import { openStorage } from '@tsreg/storage'
import { memoryBucket } from '@tsreg/storage/bucket'
import { jsonOf, testRegistry } from '../testing/test-registry.ts'

test('/livez and /readyz answer without credentials', async () => {
  const registry = await testRegistry()
  const live = await registry.ask('GET', '/livez')
  expect([live.status, live.body.toString()]).toEqual([200, 'ok\n'])
  const ready = await registry.ask('GET', '/readyz')
  expect([ready.status, jsonOf(ready)]).toEqual([200, { ready: true }])
  await registry.close()
})

test('a storage that does not answer makes the registry live but not ready', async () => {
  const storage = await openStorage(memoryBucket())
  const broken = {
    ...storage,
    repository: (name: string) => storage.repository(name),
    close: () => storage.close(),
    ping: () => Promise.reject(new OciError('UNAVAILABLE', 'the bucket is away')),
  }
  const registry = await testRegistry({}, { storage: broken })
  const ready = await registry.ask('GET', '/readyz')
  expect([ready.status, jsonOf(ready)]).toEqual([503, { ready: false, reason: 'the storage does not answer' }])
  expect((await registry.ask('GET', '/livez')).status).toBe(200)
  await registry.close()
})
