import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { openStorage } from '@tsreg/storage'
import { memoryBucket } from '@tsreg/storage/bucket'
import { tempDir } from '@tsreg/testkit'
import { bytes, jsonOf, pushImage, type TestRegistry, testRegistry } from './testing/test-registry.ts'

async function metricsOf(registry: TestRegistry): Promise<string> {
  return (await registry.ask('GET', '/metrics')).body.toString()
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await condition()); ) {
    if (Date.now() > deadline) throw new Error('waited for 20 s')
    await delay(20)
  }
}

test('garbage is collected on schedule, told in the log and counted', async () => {
  const storage = await openStorage(memoryBucket(), { cacheTtlMs: 0 })
  const blob = bytes(40_000)
  const digest = digestOf(blob)
  const registry = await testRegistry({ gcIntervalSeconds: 0.2, gcGraceSeconds: 0 }, { storage })
  const started = await registry.ask('POST', '/v2/a/blobs/uploads/')
  await registry.ask('PUT', `${started.headers.location}?digest=${digest}`, { body: blob })
  await until(() =>
    registry.logged().some(({ msg, bytesFreed }) => msg === 'garbage collected' && bytesFreed === 40_000),
  )
  expect((await registry.ask('GET', `/v2/a/blobs/${digest}`)).status).toBe(404)
  const metrics = await metricsOf(registry)
  expect(metrics).toContain('tsreg_gc_removed_total{kind="blobs"} 1')
  expect(metrics).toContain('tsreg_gc_removed_total{kind="links"} 1')
  expect(metrics).toContain('tsreg_gc_freed_bytes_total 40000')
  expect(metrics).toContain('tsreg_gc_failures_total 0')
  await registry.close()
})

test('a retention policy is applied before each collection; one that cannot be read stops it', async () => {
  await using directory = await tempDir('tsreg-gc-')
  const policy = directory.join('policy.yaml')
  await writeFile(policy, 'rules: [{keepLast: nothing}]')
  const registry = await testRegistry({ gcIntervalSeconds: 0.05, gcGraceSeconds: 0, retentionPolicy: policy })
  for (const tag of ['old', 'new']) {
    await pushImage(registry, 'app', tag, { config: `{"tag":"${tag}"}` })
    await delay(5)
  }
  await until(async () => !(await metricsOf(registry)).includes('tsreg_gc_failures_total 0'))
  const tags = async () => jsonOf(await registry.ask('GET', '/v2/app/tags/list')).tags
  expect(await tags()).toEqual(['new', 'old'])
  await writeFile(policy, 'rules: [{keepLast: 1}]')
  await until(async () => String(await tags()) === 'new')
  await registry.close()
})

test('a collection that fails is told and counted, and the next one is tried', async () => {
  const storage = await openStorage(memoryBucket())
  let rounds = 0
  const broken = {
    ...storage,
    async collectGarbage() {
      rounds++
      throw new Error('no bucket')
    },
  }
  const registry = await testRegistry({ gcIntervalSeconds: 0.05 }, { storage: broken })
  await until(() => rounds >= 2)
  expect(registry.logged().some(({ msg }) => String(msg).startsWith('could not collect garbage'))).toBe(true)
  await until(async () => !(await metricsOf(registry)).includes('tsreg_gc_failures_total 0'))
  await registry.close()
})

test.each([
  ['with the interval 0', { gcIntervalSeconds: 0 }, 'shared'],
  ['on a store without compare-and-swap', { gcIntervalSeconds: 0.05 }, 'sole'],
] as const)('no garbage is collected %s', async (_, settings, writers) => {
  const storage = await openStorage(memoryBucket())
  let rounds = 0
  const counting = {
    ...storage,
    state: () => ({ ...storage.state(), writers }),
    async collectGarbage() {
      rounds++
      return await storage.collectGarbage()
    },
  }
  const registry = await testRegistry(settings, { storage: counting })
  await delay(300)
  expect(rounds).toBe(0)
  await registry.close()
})

test('a shutdown cuts a collection off and waits for its end', async () => {
  const storage = await openStorage(memoryBucket())
  const started = Promise.withResolvers<void>()
  let ended = false
  const slow = {
    ...storage,
    async collectGarbage({ signal }: { readonly signal?: AbortSignal } = {}) {
      started.resolve()
      await new Promise((resolve) => signal?.addEventListener('abort', resolve))
      await delay(50)
      ended = true
      throw signal?.reason
    },
  }
  const registry = await testRegistry({ gcIntervalSeconds: 0.05 }, { storage: slow })
  await started.promise
  await registry.close()
  expect(ended).toBe(true)
})
