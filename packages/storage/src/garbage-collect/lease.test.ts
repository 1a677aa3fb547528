import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Digest } from '@tsreg/oci'
import { makeImage } from '@tsreg/testkit'
import { cellsOf } from '../cells.ts'
import { pointerKey } from '../paths.ts'
import type { PointerHeader } from '../pointer.ts'
import { type AgingStore, agingStore, hourMs } from '../testing/aging-store.ts'
import { seededBytes } from '../testing/bucket-fixtures.ts'
import { type GatedBucket, gatedBucket } from '../testing/gated-bucket.ts'
import { pushBlob, pushGraphTo } from '../testing/repository-fixtures.ts'

describe('the lease of collections', () => {
  let store: AgingStore
  let gated: GatedBucket
  beforeEach(async () => {
    store = await agingStore()
    gated = gatedBucket(store.bucket)
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  const stateOf = async (digest: Digest) =>
    (await cellsOf(store.bucket).read<PointerHeader>(pointerKey(digest))).header?.st

  /** A run that never comes back from its second mark, with all that it had condemned. */
  async function leaveCondemned(): Promise<void> {
    const replica = await store.replica(gated.bucket)
    const stop = gated.stopAfter('put b/')
    const run = replica.collectGarbage({ graceMs: 0 }).catch(() => {})
    await stop.reached
    stop.fail()
    await run
  }

  test('keeps a second run from beginning, but one that is told to', async () => {
    const replica = await store.replica(gated.bucket)
    const stop = gated.stop('list m/')
    const first = replica.collectGarbage()
    await stop.reached
    expect(await store.storage.collectGarbage()).toMatchObject({ outcome: 'busy', blobs: { seen: 0 } })
    expect((await store.storage.collectGarbage({ dryRun: true })).outcome).toBe('done')
    expect((await store.storage.collectGarbage({ ignoreLease: true })).outcome).toBe('done')
    stop.open()
    expect((await first).outcome).toBe('done')
  })

  test('tells when the last run was, for those that come round often', async () => {
    expect((await store.storage.collectGarbage({ unlessFinishedWithinMs: hourMs })).outcome).toBe('done')
    store.pass(hourMs - 1)
    expect((await store.storage.collectGarbage({ unlessFinishedWithinMs: hourMs })).outcome).toBe('recent')
    expect((await store.storage.collectGarbage()).outcome).toBe('done')
    store.pass(hourMs)
    expect((await store.storage.collectGarbage({ unlessFinishedWithinMs: hourMs })).outcome).toBe('done')
  })

  test('of a run that is no more goes over to the next one after a minute', async () => {
    await pushBlob(store.repository, seededBytes(20_000, 1))
    await leaveCondemned()
    expect((await store.storage.collectGarbage()).outcome).toBe('busy')
    store.pass(60_000)
    expect((await store.storage.collectGarbage()).outcome).toBe('done')
  })

  test('lets the next run go on at once with what the last one had condemned', async () => {
    const [used, unused] = [makeImage({ seed: 1, layers: 1 }), await pushBlob(store.repository, seededBytes(20_000, 1))]
    for (const { bytes } of used.blobs.values()) await pushBlob(store.repository, bytes)
    await leaveCondemned()
    const condemned = [unused, ...used.blobs.keys()]
    const states = await Promise.all(condemned.map(stateOf))
    expect(states).toContain('cond')
    const layer = used.layers[0]?.descriptor.digest
    if (layer === undefined) throw new Error('an image of one layer was made')
    await pushGraphTo(store.repository, used, 't')
    // Condemned by the run that was cut off, between the check and the second mark of which it was pushed.
    const { version, header, payload } = await cellsOf(store.bucket).read<PointerHeader>(pointerKey(layer))
    await cellsOf(store.bucket).write({ key: pointerKey(layer), version, header: { ...header, st: 'cond' }, payload })
    store.pass(60_000)
    // The default grace: by their age alone these cells would be left for a day.
    expect((await store.storage.collectGarbage()).blobs).toMatchObject({ kept: 2, rescued: 1 })
    expect(await stateOf(layer)).toBe('live')
    expect(await stateOf(unused)).not.toBe('cond')
    // Taken care of: later runs have nothing to look after.
    expect((await store.storage.collectGarbage()).blobs.rescued).toBe(0)
  })

  test('tells the next run of one that was overtaken and cut off afterwards', async () => {
    const image = makeImage({ seed: 1, layers: 1 })
    for (const { bytes } of image.blobs.values()) await pushBlob(store.repository, bytes)
    const replica = await store.replica(gated.bucket)
    const stop = gated.stopAfter('put b/')
    const first = replica.collectGarbage({ graceMs: 0 }).catch(() => {})
    await stop.reached
    expect((await store.storage.collectGarbage({ ignoreLease: true })).outcome).toBe('done')
    const layer = image.layers[0]?.descriptor.digest
    if (layer === undefined) throw new Error('an image of one layer was made')
    await pushGraphTo(store.repository, image, 't')
    const { version, header, payload } = await cellsOf(store.bucket).read<PointerHeader>(pointerKey(layer))
    await cellsOf(store.bucket).write({ key: pointerKey(layer), version, header: { ...header, st: 'cond' }, payload })
    stop.fail()
    await first
    expect((await store.storage.collectGarbage()).blobs).toMatchObject({ kept: 2, rescued: 1 })
    expect(await stateOf(layer)).toBe('live')
  })

  test('is left alone by a run that was so slow that another one has taken it', async () => {
    const replica = await store.replica(gated.bucket)
    const stop = gated.stop('list m/')
    const first = replica.collectGarbage()
    await stop.reached
    store.pass(60_000)
    const second = await store.storage.collectGarbage()
    expect(second.outcome).toBe('done')
    const lease = (await store.bucket.read('gc/lease'))?.etag
    stop.open()
    expect((await first).outcome).toBe('done')
    expect((await store.bucket.read('gc/lease'))?.etag).toBe(lease)
  })

  test('is renewed by a run that takes long, and by none that has ended', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'setTimeout', 'Date'] })
    const replica = await store.replica(gated.bucket)
    const stop = gated.stop('list m/')
    const run = replica.collectGarbage()
    await stop.reached
    for (let minute = 0; minute < 2; minute++) {
      store.pass(59_000)
      expect((await store.storage.collectGarbage()).outcome).toBe('busy')
      const before = (await store.bucket.read('gc/lease'))?.etag
      jest.advanceTimersByTime(15_000)
      while ((await store.bucket.read('gc/lease'))?.etag === before) await new Promise(setImmediate)
    }
    stop.open()
    await run
    expect(jest.getTimerCount()).toBe(0)
  })
})
