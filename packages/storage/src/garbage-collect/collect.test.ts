import { beforeEach, describe, expect, test } from '@jest/globals'
import { emptyDescriptor } from '@tsreg/oci'
import { makeArtifact, makeImage, makeIndex } from '@tsreg/testkit'
import { cellsOf } from '../cells.ts'
import { linkKey, manifestKey, pointerKey, tagKey } from '../paths.ts'
import { type AgingStore, agingStore, hourMs, agingName as name } from '../testing/aging-store.ts'
import { seededBytes } from '../testing/bucket-fixtures.ts'
import { brokenManifest, brokenPointers, garbage } from '../testing/invariants.ts'
import { failureOf, keysOf, pushBlob, pushGraphTo, readBlob } from '../testing/repository-fixtures.ts'
import type { GarbageFinding } from './report.ts'

/** Layers larger than what a pointer holds. */
const image = (seed: number) => makeImage({ seed, layerBytes: 20_000 })
const [one, two] = [image(1), image(2)]
const bytesOf = ({ layers }: typeof one) => layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0)

describe.each([true, false])('garbage collection (conditional delete: %p)', (conditionalDelete) => {
  let store: AgingStore
  beforeEach(async () => {
    store = await agingStore(conditionalDelete)
  })

  async function expectNothingLeft(): Promise<void> {
    await store.collect()
    expect(await brokenPointers(store.bucket)).toEqual([])
    expect(await garbage(store.bucket)).toEqual([])
  }

  test('what a deleted image alone needed goes, what others need stays', async () => {
    const { repository, collect } = store
    await pushGraphTo(repository, one, 'kept')
    await pushGraphTo(repository, two, 'gone')
    await repository.manifests.delete(two.manifest.descriptor.digest)
    const first = await collect()
    expect(first).toMatchObject({
      outcome: 'done',
      dryRun: false,
      manifests: { seen: 1, kept: 1, young: 0, condemned: 0, removed: 0, read: 1 },
      links: { seen: 6, kept: 3, young: 0, condemned: 3, rescued: 0, removed: 3 },
      blobs: { seen: 6, kept: 3, young: 0, condemned: 3, rescued: 0, removed: 3 },
      tags: { seen: 1, read: 1, removed: 0 },
      bytes: { freed: 0, pending: bytesOf(two) },
    })
    expect(await store.alive(two)).toEqual({ pointers: 0, links: 0 })
    expect((await keysOf(store.bucket, 'd/')).length).toBe(4)
    expect((await collect()).bytes).toEqual({ freed: bytesOf(two), pending: 0 })
    expect(await brokenManifest(store.bucket, name, one.manifest.descriptor.digest)).toEqual([])
    expect(await keysOf(store.bucket, 'gc/trash/')).toEqual([])
    await expectNothingLeft()
  })

  test('a link goes when no manifest of its repository needs it, though another repository keeps the blob', async () => {
    const { storage, repository, collect } = store
    await pushGraphTo(repository, one, 'kept')
    const other = storage.repository('a')
    await pushGraphTo(other, one, 'gone')
    await other.manifests.delete(one.manifest.descriptor.digest)
    expect(await collect()).toMatchObject({ links: { removed: 3 }, blobs: { removed: 0 } })
    expect(await store.alive(one)).toEqual({ pointers: 3, links: 3 })
    expect(await keysOf(store.bucket, 'l/a/')).toHaveLength(conditionalDelete ? 0 : 3)
  })

  test('what is younger than the grace stays, and an upload or a mount of an old blob makes it young', async () => {
    const { repository, storage, collect } = store
    const [unused, pushed, mounted] = [seededBytes(20_000, 1), seededBytes(20_000, 2), seededBytes(20_000, 3)]
    await pushBlob(repository, unused)
    const again = await pushBlob(repository, pushed)
    const from = await pushBlob(repository, mounted)
    store.pass(13 * hourMs)
    expect((await storage.collectGarbage()).blobs).toMatchObject({ young: 3, condemned: 0 })
    await pushBlob(repository, pushed)
    await storage.repository('c').blobs.mount(from, name)
    store.pass(12 * hourMs)
    expect((await storage.collectGarbage()).blobs).toMatchObject({ young: 2, removed: 1 })
    expect((await readBlob(repository, again)).equals(pushed)).toBe(true)
    expect((await collect()).blobs.removed).toBe(2)
  })

  test('with no grace everything that nothing names goes at once, small blobs with their pointer', async () => {
    const { repository, storage } = store
    const small = await pushBlob(repository, seededBytes(100, 1))
    const report = await storage.collectGarbage({ graceMs: 0 })
    expect(report.blobs.removed).toBe(1)
    expect(report.bytes).toEqual({ freed: 0, pending: 0 })
    expect(await store.isAlive(pointerKey(small))).toBe(false)
    expect(await keysOf(store.bucket, 'gc/trash/')).toEqual([])
    const again = await pushBlob(repository, seededBytes(100, 1))
    expect(await store.isAlive(pointerKey(again))).toBe(true)
  })

  test('pointers leave their tombstones, whatever the store can delete', async () => {
    const digest = await pushBlob(store.repository, seededBytes(20_000, 1))
    await store.collect()
    expect((await cellsOf(store.bucket).read(pointerKey(digest))).version).toBeDefined()
  })

  test('untagged manifests are kept unless they are asked for, and then by their age', async () => {
    const { repository, storage, collect } = store
    await pushGraphTo(repository, one)
    await pushGraphTo(repository, two, 't')
    expect((await collect()).manifests).toMatchObject({ seen: 2, kept: 2, removed: 0 })
    expect((await collect({ untaggedOlderThanMs: 100 * hourMs })).manifests).toMatchObject({ kept: 1, young: 1 })
    expect((await collect({ untaggedOlderThanMs: 60 * hourMs })).manifests).toMatchObject({ kept: 1, removed: 1 })
    // What it named goes with the next run: in this one its manifest still counted.
    expect(await store.alive(one)).toEqual({ pointers: 3, links: 3 })
    expect((await storage.collectGarbage()).blobs.removed).toBe(3)
    expect(await repository.tags.list({ limit: 9 })).toEqual({ items: ['t'], more: false })
    await expectNothingLeft()
  })

  test('a manifest is not untagged while an index lists it or its subject lives, tagged or not', async () => {
    const { repository, collect } = store
    const index = makeIndex({ manifests: [one] })
    await pushGraphTo(repository, index, 'index')
    await pushGraphTo(repository, two, 'two')
    const signature = makeArtifact({ subject: two.manifest.descriptor, content: 'signature' })
    const orphan = makeArtifact({ subject: emptyDescriptor, content: 'orphan' })
    await pushGraphTo(repository, signature)
    await pushGraphTo(repository, orphan)
    const options = { untaggedOlderThanMs: 0 }
    expect((await collect(options)).manifests).toMatchObject({ seen: 5, kept: 4, removed: 1 })
    expect(await store.isAlive(manifestKey(name, orphan.manifest.descriptor.digest))).toBe(false)

    await repository.tags.delete('two')
    await repository.tags.delete('index')
    // The index and the subject go first; what hung on them has nothing to hang on in the next run.
    expect((await collect(options)).manifests).toMatchObject({ seen: 4, removed: 2 })
    expect((await collect(options)).manifests).toMatchObject({ seen: 2, removed: 2 })
    expect((await collect(options)).blobs).toMatchObject({ kept: 0 })
    await collect(options)
    expect(await keysOf(store.bucket, 'd/')).toEqual([])
    await expectNothingLeft()
  })

  test('an index may name blobs, as caches of builds do: they are kept', async () => {
    const { repository, collect } = store
    const layer = one.layers[0]
    if (layer === undefined) throw new Error('an image of two layers was made')
    const cache = makeIndex({ manifests: [{ manifest: layer, blobs: new Map() }] })
    const digest = await pushBlob(repository, layer.bytes)
    await repository.manifests.put({
      mediaType: cache.manifest.descriptor.mediaType,
      bytes: cache.manifest.bytes,
      tags: ['cache'],
    })
    expect((await collect()).blobs).toMatchObject({ kept: 1, removed: 0 })
    expect((await readBlob(repository, digest)).equals(layer.bytes)).toBe(true)
  })

  test('a tag whose manifest is gone is removed, and no other', async () => {
    const { repository, bucket, collect } = store
    await pushGraphTo(repository, one, 'kept')
    await pushGraphTo(repository, two, 'dangling')
    const key = manifestKey(name, two.manifest.descriptor.digest)
    const { version } = await cellsOf(bucket).read(key)
    if (version === undefined) throw new Error('it was pushed')
    await cellsOf(bucket).bury(key, version)
    expect((await collect()).tags).toEqual({ seen: 2, read: 2, removed: 1 })
    expect((await repository.tags.list({ limit: 9 })).items).toEqual(['kept'])
    expect(await store.isAlive(tagKey(name, 'dangling'))).toBe(false)
  })

  test('a dry run tells what a run would do, and changes nothing', async () => {
    const { repository, collect, storage } = store
    await pushGraphTo(repository, one, 'kept')
    await pushGraphTo(repository, two, 'gone')
    await repository.manifests.delete(two.manifest.descriptor.digest)
    await pushGraphTo(repository, makeArtifact({ content: 'untagged' }))
    store.pass(25 * hourMs)
    const before = await store.snapshot()
    const findings: GarbageFinding[] = []
    const options = { untaggedOlderThanMs: 0, onFinding: (finding: GarbageFinding) => findings.push(finding) }
    const told = await storage.collectGarbage({ ...options, dryRun: true })
    expect(await store.snapshot()).toEqual(before)
    expect(told).toMatchObject({ dryRun: true, blobs: { removed: 3, condemned: 0 }, bytes: { freed: 0 } })
    expect(told.bytes.pending).toBe([...two.blobs.values()].reduce((sum, { bytes }) => sum + bytes.byteLength, 0))
    expect(findings.map(({ what, why }) => `${what} ${why}`).sort()).toEqual([
      ...['blob unreferenced', 'blob unreferenced', 'blob unreferenced'],
      ...['link unreferenced', 'link unreferenced', 'link unreferenced', 'manifest untagged'],
    ])
    const [first] = two.layers
    expect(findings).toContainEqual({
      what: 'blob',
      digest: first?.descriptor.digest,
      size: first?.descriptor.size,
      why: 'unreferenced',
    })

    const done: GarbageFinding[] = []
    await collect({ untaggedOlderThanMs: 0, onFinding: (finding) => done.push(finding) })
    const order = (list: GarbageFinding[]) => list.map((finding) => JSON.stringify(finding)).sort()
    expect(order(done)).toEqual(order(findings))
  })

  test('what a policy gives up goes with what it needed, unless it was pushed again since', async () => {
    const { repository, collect, storage } = store
    await pushGraphTo(repository, one, 'old', 'moved', 'again')
    await pushGraphTo(repository, two, 'other')
    const tags = await Promise.all(['old', 'moved', 'again'].map((tag) => repository.tags.resolve(tag)))
    const drops = [
      ...tags.map(({ tag, digest, pushedAt }) => ({ what: 'tag' as const, repository: name, tag, digest, pushedAt })),
      { what: 'manifest' as const, repository: name, digest: two.manifest.descriptor.digest },
    ]
    store.pass(1)
    const push = ({ manifest: { descriptor, bytes } }: typeof one, ...names: string[]) =>
      repository.manifests.put({ mediaType: descriptor.mediaType, bytes, tags: names })
    await push(two, 'moved')
    await push(one, 'again')
    store.pass(25 * hourMs)
    const told = await storage.collectGarbage({ drops, dryRun: true })
    expect(told).toMatchObject({ manifests: { removed: 1 }, blobs: { removed: 3 }, tags: { removed: 3 } })
    const done = await collect({ drops })
    expect(done).toMatchObject({ manifests: { removed: 1 }, blobs: { removed: 3 }, tags: { removed: 1 } })
    expect((await repository.tags.list({ limit: 9 })).items).toEqual(['again'])
    await expectNothingLeft()
  })

  test('more cells than a page, and more candidates than a batch, are all looked at', async () => {
    const { bucket, collect, repository } = store
    await pushGraphTo(repository, one, 'kept')
    const cells = cellsOf(bucket)
    const count = 1250
    for (let n = 0; n < count; n++) {
      const hex = n.toString(16).padStart(8, '0').repeat(8)
      await cells.write({
        key: `b/sha256/${hex}`,
        version: undefined,
        header: { st: 'live', x: '-', size: 1 },
        payload: Buffer.from('x'),
      })
    }
    const report = await collect({ batchSize: 300 })
    expect(report.blobs).toMatchObject({ seen: count + 3, kept: 3, condemned: count, removed: count })
    expect(await store.alive(one)).toEqual({ pointers: 3, links: 3 })
  })

  test('marks that do not fit into memory are made in several passes, with the same result', async () => {
    const { bucket, collect, storage } = store
    const cells = cellsOf(bucket)
    for (let n = 0; n < 40; n++)
      await pushGraphTo(storage.repository(`r${n % 7}`), makeImage({ seed: n, layers: 40, layerBytes: 10 }), `t${n}`)
    for (let n = 0; n < 100; n++) {
      const hex = Math.floor((n * 2 ** 32) / 100)
        .toString(16)
        .padStart(8, '0')
        .repeat(8)
      await cells.write({
        key: `b/sha256/${hex}`,
        version: undefined,
        header: { st: 'live', x: '-', size: 1 },
        payload: Buffer.from('x'),
      })
    }
    const phases: string[] = []
    const onProgress = ({ phase }: { readonly phase: string }) => {
      if (phases.at(-1) !== phase) phases.push(phase)
    }
    const report = await collect({ markBytes: 1, onProgress })
    expect(report).toMatchObject({
      manifests: { seen: 40, kept: 40 },
      blobs: { seen: 40 * 41 + 100, kept: 40 * 41, removed: 100 },
      links: { seen: 40 * 41, kept: 40 * 41, removed: 0 },
      tags: { seen: 40, removed: 0 },
    })
    expect(phases.filter((phase) => phase === 'mark').length).toBeGreaterThan(3)
    expect(await brokenPointers(bucket)).toEqual([])
  })

  test('a manifest that cannot be read stops the run before anything is condemned', async () => {
    const { repository, bucket, collect } = store
    await pushGraphTo(repository, one, 't')
    await pushBlob(repository, seededBytes(20_000, 9))
    const key = manifestKey(name, one.manifest.descriptor.digest)
    const { version, header } = await cellsOf(bucket).read<object>(key)
    for (const payload of [Buffer.from('{}'), one.manifest.bytes.subarray(1), two.manifest.bytes]) {
      const { version: now } = await cellsOf(bucket).read(key)
      await cellsOf(bucket).write({ key, version: now ?? version, header: { ...header }, payload })
      const error = await failureOf(collect())
      expect([error.code, error.message]).toEqual([
        'CONTENT_CORRUPT',
        expect.stringContaining(`manifest ${one.manifest.descriptor.digest} of ${name} cannot be read`),
      ])
      expect((await keysOf(bucket, 'b/')).length).toBe(4)
      expect(await store.alive(one)).toEqual({ pointers: 3, links: 3 })
    }
  })

  test('on a store without compare-and-swap it is refused', async () => {
    const { bucket } = store
    const weak = { ...bucket, capabilities: { cas: false, conditionalDelete: false } }
    const storage = await store.replica(weak, { beatMs: 10 })
    const error = await failureOf(storage.collectGarbage())
    expect([error.code, error.message]).toEqual(['UNSUPPORTED', expect.stringContaining('compare-and-swap')])
    await storage.close()
  })

  test('an option out of its range is an error that names it', async () => {
    await expect(store.storage.collectGarbage({ graceMs: -1 })).rejects.toThrow(
      'graceMs: expected a number from 0 on, got -1',
    )
    await expect(store.storage.collectGarbage({ batchSize: 0 })).rejects.toThrow('batchSize')
  })
})

test('the keys of a link and a manifest of one digest and repository are different marks', async () => {
  const store = await agingStore()
  await pushGraphTo(store.repository, one, 't')
  const digest = one.manifest.descriptor.digest
  await store.repository.uploads.put(digest, chunksOf(one.manifest.bytes))
  expect(await store.isAlive(linkKey(name, digest))).toBe(true)
  expect((await store.collect()).links).toMatchObject({ kept: 3, removed: 1 })
})

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
