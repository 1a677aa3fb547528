import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Digest, digestOf } from '@tsreg/oci'
import { type MadeImage, makeArtifact, makeImage } from '@tsreg/testkit'
import { type CellState, cellsOf } from '../cells.ts'
import { linkKey, manifestKey, pointerKey } from '../paths.ts'
import type { PointerHeader } from '../pointer.ts'
import type { RegistryStorage, Repository } from '../repository.ts'
import { type AgingStore, agingStore, agingName as name } from '../testing/aging-store.ts'
import { seededBytes } from '../testing/bucket-fixtures.ts'
import { type GatedBucket, gatedBucket } from '../testing/gated-bucket.ts'
import { brokenManifest, brokenPointers, garbage } from '../testing/invariants.ts'
import { content, failureOf, keysOf, pushBlob, pushGraphTo } from '../testing/repository-fixtures.ts'
import type { GarbageOptions, GarbageReport } from './report.ts'

const image = makeImage({ seed: 1, layers: 1, layerBytes: 20_000 })
const [layer] = image.layers as [MadeImage['config']]
const { descriptor, bytes: manifest } = image.manifest

/** A replica whose requests can be stopped on their way to the bucket they all share. */
interface Replica extends GatedBucket {
  readonly storage: RegistryStorage
  readonly repository: Repository
  /** With no grace: what is safe must not hang on it. */
  collect(options?: GarbageOptions): Promise<GarbageReport>
}

/** Each test is one interleaving that breaks an invariant when the guard in its title is taken out. */
describe.each([true, false])('guards of garbage collection (conditional delete: %p)', (conditionalDelete) => {
  let store: AgingStore
  beforeEach(async () => {
    store = await agingStore(conditionalDelete, { cacheTtlMs: 0, graceMs: 1e9 })
  })

  async function replica(): Promise<Replica> {
    const gated = gatedBucket(store.bucket)
    const storage = await store.replica(gated.bucket)
    return {
      ...gated,
      storage,
      repository: storage.repository(name),
      collect: (options) => storage.collectGarbage({ graceMs: 0, ignoreLease: true, ...options }),
    }
  }

  const putManifest = ({ repository }: Replica, ...tags: string[]) =>
    repository.manifests.put({ mediaType: descriptor.mediaType, bytes: manifest, tags })
  const pointerOf = (digest: Digest): Promise<CellState<PointerHeader>> =>
    cellsOf(store.bucket).read(pointerKey(digest))
  async function pushBlobs({ repository }: Replica): Promise<void> {
    for (const blob of image.blobs.values()) await pushBlob(repository, blob.bytes)
    // The first manifest of a repository is checked before it is written.
    await pushGraphTo(repository, makeArtifact({ content: 'first' }), 'first')
  }
  async function expectAlive(): Promise<void> {
    expect(await brokenManifest(store.bucket, name, descriptor.digest)).toEqual([])
    expect(await brokenPointers(store.bucket)).toEqual([])
    for (const digest of image.blobs.keys()) {
      expect((await pointerOf(digest)).header?.st).toBe('live')
      expect((await cellsOf(store.bucket).read<PointerHeader>(linkKey(name, digest))).header?.st).toBe('live')
    }
  }
  /** A tag whose manifest is gone, and a run that has just read that the tag is there. */
  async function meetDanglingTag(pusher: Replica, collector: Replica) {
    await pushGraphTo(pusher.repository, image, 't')
    await collector.collect()
    const key = manifestKey(name, descriptor.digest)
    const { version } = await cellsOf(store.bucket).read(key)
    if (version === undefined) throw new Error('it was pushed')
    await cellsOf(store.bucket).bury(key, version)
    const first = collector.stopAfter('read gc/marks/t/')
    const run = collector.collect({ graceMs: 1e9 })
    await first.reached
    return { first, run }
  }

  test('the second mark: a manifest pushed after the first mark and before its blobs were condemned keeps them', async () => {
    const [pusher, collector] = [await replica(), await replica()]
    await pushBlobs(pusher)
    const gate = collector.stop('list b/sha256/')
    const run = collector.collect()
    await gate.reached
    await putManifest(pusher, 't')
    gate.open()
    expect((await run).blobs).toMatchObject({ rescued: 2, removed: 0 })
    await expectAlive()
  })

  test('the second mark comes after all is condemned: a manifest that saw its blobs live is in it', async () => {
    const [pusher, collector] = [await replica(), await replica()]
    await pushBlobs(pusher)
    const gate = pusher.stop('put t/')
    const condemning = collector.stop('put b/')
    const run = collector.collect()
    await condemning.reached
    // M3 and M4 while the collector is about to condemn what it has seen.
    const push = putManifest(pusher, 't')
    await gate.reached
    condemning.open()
    await run
    gate.open()
    await push
    await expectAlive()
  })

  test('a push that comes after the second mark rescues what is condemned, and the sweep loses', async () => {
    const [pusher, collector] = [await replica(), await replica()]
    await pushBlobs(pusher)
    // The last thing before a pointer dies.
    const sweeping = collector.stop('put gc/trash/')
    const run = collector.collect()
    await sweeping.reached
    const push = putManifest(pusher, 't')
    const refused = await push.then(
      () => false,
      () => true,
    )
    sweeping.open()
    await run
    // The small config died with its pointer before the push came; then it is refused, naming it.
    if (refused) {
      await pushBlobs(pusher)
      await putManifest(pusher, 't')
    }
    await expectAlive()
    await collector.collect()
    await collector.collect()
    await expectAlive()
    expect(await garbage(store.bucket)).toEqual([])
  })

  test('only the version from before the second mark dies: what was rescued and condemned again by another run stays', async () => {
    const [pusher, first, second] = [await replica(), await replica(), await replica()]
    await pushGraphTo(pusher.repository, makeArtifact({ content: 'first' }), 'first')
    const { digest } = layer.descriptor
    for (const blob of image.blobs.values()) await pushBlob(pusher.repository, blob.bytes)
    // The second run marks before the push.
    const marked = second.stop('list b/sha256/')
    const secondRun = second.collect()
    await marked.reached
    const swept = first.stop('put gc/trash/')
    const firstRun = first.collect()
    await swept.reached
    for (const blob of image.blobs.values()) await pushBlob(pusher.repository, blob.bytes)
    await putManifest(pusher, 't')
    const again = second.stop('list m/')
    marked.open()
    await again.reached
    expect((await pointerOf(digest)).header?.st).toBe('cond')
    swept.open()
    await firstRun
    again.open()
    await secondRun
    await expectAlive()
  })

  test('the session is fenced before the pointer dies: its bytes are never published again', async () => {
    const [one, two, first, later] = [await replica(), await replica(), await replica(), await replica()]
    const bytes = seededBytes(20_000, 7)
    const digest = digestOf(bytes)
    const { id } = await one.repository.uploads.create()
    await (await one.repository.uploads.resume(id)).append(content(bytes))
    // One is paused before its commit point; two commits the same session and dies before it ends it.
    const promotion = one.stop('put b/')
    const slow = failureOf((await one.repository.uploads.resume(id)).commit(digest))
    await promotion.reached
    const end = two.stop('delete u/')
    const quick = (await two.repository.uploads.resume(id)).commit(digest)
    await end.reached
    end.fail()
    await quick
    await first.collect()
    // A later run is about to delete the bytes.
    const deletion = later.stop('delete d/')
    const run = later.collect()
    await deletion.reached
    promotion.open()
    expect((await slow).code).toBe('BLOB_UPLOAD_UNKNOWN')
    deletion.open()
    await run
    expect(await brokenPointers(store.bucket)).toEqual([])
  })

  test('the trash entry is written before the pointer dies: a run that dies between them loses no bytes out of sight', async () => {
    const [pusher, collector, other] = [await replica(), await replica(), await replica()]
    await pushBlob(pusher.repository, layer.bytes)
    const dying = collector.stopAfter('put gc/trash/')
    const run = failureOfAny(collector.collect())
    await dying.reached
    expect(await keysOf(store.bucket, 'gc/trash/')).toHaveLength(1)
    expect((await pointerOf(layer.descriptor.digest)).header?.st).toBe('cond')
    dying.loseReply()
    await run
    for (let round = 0; round < 3; round++) await other.collect()
    expect(await garbage(store.bucket)).toEqual([])
    expect(await keysOf(store.bucket, 'gc/trash/')).toEqual([])
  })

  test('the trash entry stays when nobody knows whether the pointer died', async () => {
    const [pusher, collector, other] = [await replica(), await replica(), await replica()]
    const digest = await pushBlob(pusher.repository, layer.bytes)
    const tombstone = collector.stopAfter('put gc/trash/')
    const run = failureOfAny(collector.collect())
    await tombstone.reached
    const { version } = await pointerOf(digest)
    tombstone.fail()
    expect(String(await run)).toContain('failed by the test')
    expect(await keysOf(store.bucket, 'gc/trash/')).toHaveLength(1)
    // It was only late.
    await cellsOf(store.bucket).entomb(pointerKey(digest), version)
    await other.collect()
    expect(await garbage(store.bucket)).toEqual([])
  })

  test('the second mark reads the tags: a tag written between the marks keeps its manifest', async () => {
    const [pusher, collector] = [await replica(), await replica()]
    await pushGraphTo(pusher.repository, image)
    const gate = collector.stop('list b/sha256/')
    const run = collector.collect({ untaggedOlderThanMs: 0 })
    await gate.reached
    await putManifest(pusher, 't')
    gate.open()
    expect((await run).manifests).toMatchObject({ rescued: 1, removed: 0 })
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
    expect((await cellsOf(store.bucket).read<PointerHeader>(manifestKey(name, descriptor.digest))).header?.st).toBe(
      'live',
    )
  })

  test('a tag written while its manifest is about to go keeps it, or writes it again', async () => {
    const [pusher, collector] = [await replica(), await replica()]
    await pushGraphTo(pusher.repository, image)
    const tagging = pusher.stop('put t/')
    const push = putManifest(pusher, 't')
    await tagging.reached
    const dying = collector.stop(conditionalDelete ? 'delete m/' : 'list gc/marks/t/')
    const run = collector.collect({ untaggedOlderThanMs: 0 })
    await dying.reached
    dying.open()
    await run
    tagging.open()
    await push
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
    expect(await brokenManifest(store.bucket, name, descriptor.digest)).toEqual([])
  })

  test('the manifest after the tag: a dangling tag that is pushed again while it is looked at stays', async () => {
    const [pusher, collector] = [await replica(), await replica()]
    const { first, run } = await meetDanglingTag(pusher, collector)
    const second = collector.stop('read ')
    first.open()
    await second.reached
    await putManifest(pusher, 't')
    second.open()
    expect((await run).tags.removed).toBe(0)
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
  })

  test('the look at the manifest: a tag pushed between the listings of manifests and of tags stays', async () => {
    const [pusher, collector] = [await replica(), await replica()]
    await pushBlobs(pusher)
    const gate = collector.stop('list gc/marks/t/')
    const run = collector.collect({ graceMs: 1e9 })
    await gate.reached
    await putManifest(pusher, 't')
    gate.open()
    expect((await run).tags).toMatchObject({ seen: 2, removed: 0 })
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
  })

  test('the tag before its manifest: a dangling tag that is pushed again before it goes stays', async () => {
    const [pusher, collector] = [await replica(), await replica()]
    const { first, run } = await meetDanglingTag(pusher, collector)
    // What comes after the look at the manifest.
    const last = collector.stopAfter('read ')
    first.open()
    await last.reached
    await putManifest(pusher, 't')
    last.open()
    expect((await run).tags.removed).toBe(0)
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
  })

  test('a blob that an index names as a child is rescued by its push', async () => {
    const [pusher, collector] = [await replica(), await replica()]
    await pushBlobs(pusher)
    const { digest } = layer.descriptor
    const index = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [layer.descriptor],
    }
    const sweeping = collector.stop('put gc/trash/')
    const run = collector.collect()
    await sweeping.reached
    const bytes = Buffer.from(JSON.stringify(index))
    await pusher.repository.manifests.put({ mediaType: index.mediaType, bytes, tags: ['cache'] })
    sweeping.open()
    await run
    expect((await pointerOf(digest)).header?.st).toBe('live')
    expect(await brokenPointers(store.bucket)).toEqual([])
  })
})

function failureOfAny(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}
