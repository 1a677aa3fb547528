import { describe, expect, test } from '@jest/globals'
import { OciError } from '@tsreg/oci'
import { openStorage, type StorageState } from '@tsreg/storage'
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

describe('/readyz of a storage that works but is not what it should be', () => {
  const ask = async (state: Partial<StorageState>): Promise<[number, Record<string, unknown>, string]> => {
    const storage = await openStorage(memoryBucket())
    const changed = { ...storage, state: () => ({ ...storage.state(), ...state }) }
    const registry = await testRegistry({}, { storage: changed })
    const answer = await registry.ask('GET', '/readyz')
    const metrics = (await registry.ask('GET', '/metrics')).body.toString()
    const logged = registry.logged().filter(({ level }) => level === 40)
    expect(logged.map(({ msg }) => msg)).toEqual(jsonOf(answer).warnings ?? [])
    await registry.close()
    return [answer.status, jsonOf(answer), metrics]
  }

  test('without compare-and-swap it warns, also in the log and by a metric', async () => {
    const [status, body, metrics] = await ask({ writers: 'sole' })
    expect([status, body.ready]).toEqual([200, true])
    expect(body.warnings).toEqual([expect.stringMatching(/no compare-and-swap: run one replica only/)])
    expect(metrics).toContain('tsreg_storage_writers 1\n')
  })

  test('dead tags that have piled up are told', async () => {
    expect((await ask({ deadTags: 9999 }))[1]).toEqual({ ready: true })
    const [, body, metrics] = await ask({ deadTags: 12_345, conditionalDelete: false })
    expect(body.warnings).toEqual([expect.stringContaining('12345 deleted tags')])
    expect(metrics).toContain('tsreg_storage_dead_tags 12345\n')
  })
})

test('a registry whose storage another process has taken over is not ready', async () => {
  const storage = await openStorage(memoryBucket())
  const changed = { ...storage, state: () => ({ ...storage.state(), writers: 'lost' as const }) }
  const registry = await testRegistry({}, { storage: changed })
  const ready = await registry.ask('GET', '/readyz')
  expect([ready.status, jsonOf(ready)]).toEqual([
    503,
    { ready: false, reason: 'another process writes to the storage' },
  ])
  expect((await registry.ask('GET', '/metrics')).body.toString()).toContain('tsreg_storage_writers 0\n')
  await registry.close()
})
