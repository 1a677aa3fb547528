import { describe, expect, test } from '@jest/globals'
import { type Digest, digestOf, mediaTypes } from '@tsreg/oci'
import { jsonContent, type Random, seeded } from '@tsreg/testkit'
import { type Bucket, memoryBucket } from './bucket/index.ts'
// Loaded here, so that no collector waits for its own loading in the middle of a game.
import './garbage-collect/index.ts'
import type { Repository } from './repository.ts'
import { openStorage } from './storage.ts'
import { seededBytes } from './testing/bucket-fixtures.ts'
import { type Interleaver, interleaver } from './testing/interleaver.ts'
import { brokenManifest, brokenPointers, garbage } from './testing/invariants.ts'
import { randomMoves } from './testing/random-moves.ts'
import { pushes } from './testing/repository-commits.ts'
import { content, keysOf } from './testing/repository-fixtures.ts'

/** An inline blob, one in one object, one in parts; and what else may come on a session. */
const blobs = [seededBytes(60, 1), seededBytes(300, 2), seededBytes(1500, 3)] as const
const [config, layer, large] = blobs
const bodies = [...blobs, seededBytes(350, 4), seededBytes(1600, 5)]
const images = [[layer], [layer, large], [large]].map((layers) =>
  jsonContent(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.byteLength },
    layers: layers.map((bytes) => ({
      mediaType: mediaTypes.ociLayer,
      digest: digestOf(bytes),
      size: bytes.byteLength,
    })),
  }),
)
const small = { inlineBytes: 100, singleObjectBytes: 400, cacheTtlMs: 0 }

/** Nothing is ever deleted in `kept`; clients delete what they like in `loose`. */
const kept = 'kept'
const loose = 'loose'

/** `TSREG_INTERLEAVINGS=1000` for more. */
const runs = Number(process.env.TSREG_INTERLEAVINGS ?? 25)

describe.each([
  ['no faults', 0],
  ['one fault', 1],
  ['five faults', 5],
])('random interleavings of clients, janitor and collector with %s', (_, faults) => {
  test(
    `${runs} of them keep the invariants`,
    async () => {
      for (let seed = 1; seed <= runs; seed++) await play(seed * 7 + faults, faults)
    },
    20_000 + runs * 1000,
  )
})

async function play(seed: number, faults: number): Promise<void> {
  const random = seeded(seed)
  const shared = memoryBucket({ partSize: 512, conditionalDelete: random.chance(0.5) })
  await openStorage(shared, small)
  const acknowledged = new Set<Digest>()
  const game = interleaver({
    shared,
    choose: randomMoves({ random, faults }),
    check: async () => {
      expect(await brokenPointers(shared)).toEqual([])
      for (const digest of acknowledged) expect(await brokenManifest(shared, kept, digest)).toEqual([])
    },
  })
  try {
    await cast(game, { random, shared, acknowledged })
    await game.run()
    await checkTheEnd(shared, faults)
  } catch (error) {
    throw new Error(`seed ${seed}, ${faults} faults:\n${game.trace.join('\n')}`, { cause: error })
  }
}

interface Stage {
  readonly random: Random
  readonly shared: Bucket
  readonly acknowledged: Set<Digest>
}

/** Draws the processes of one run. */
async function cast(game: Interleaver, { random, shared, acknowledged }: Stage): Promise<void> {
  const before = (await openStorage(shared, small)).repository
  const add = (name: string, work: (repository: (name: string) => Repository) => Promise<unknown>) =>
    game.add(name, async (bucket) => work((await openStorage(bucket, small)).repository))
  const way = () => random.pick(Object.values(pushes))

  for (let n = random.integer(1, 2); n > 0; n--) {
    const [image, ways] = [random.pick(images), blobs.map(way)]
    // The blobs are there, old, and no manifest names them: the moment of the collector.
    if (random.chance(0.5)) await pushBlobs(before(kept), ways)
    add(`push ${n}`, async (repository) => {
      acknowledged.add(await pushImage(repository(kept), image, ways))
    })
  }
  if (random.chance(0.5)) {
    const [image, ways] = [random.pick(images), blobs.map(way)]
    if (random.chance(0.7)) await pushImage(before(loose), image, ways)
    add('loose push', (repository) => pushImage(repository(loose), image, ways))
    add('delete', async (repository) => {
      await repository(loose).manifests.delete(image.descriptor.digest)
      if (random.chance(0.5)) for (const bytes of blobs) await repository(loose).blobs.delete(digestOf(bytes))
    })
  }
  if (random.chance(0.5)) {
    const digest = digestOf(random.pick(blobs))
    add('mount', (repository) => repository(loose).blobs.mount(digest, random.chance(0.5) ? kept : undefined))
  }
  if (random.chance(0.6)) {
    const { id } = await before(kept).uploads.create()
    for (const n of [1, 2]) {
      const bytes = random.pick(bodies)
      add(`commit ${n}`, async (repository) => {
        const upload = await repository(kept).uploads.resume(id)
        if (random.chance(0.3)) await upload.append(content(bytes.subarray(0, 50)), { start: 0 })
        const start = upload.offset
        await upload.commit(digestOf(bytes), { content: content(bytes.subarray(start), 100), start })
      })
    }
    if (random.chance(0.3)) add('cancel', async (repository) => (await repository(kept).uploads.resume(id)).cancel())
  }
  for (let n = random.integer(0, 2); n > 0; n--) game.add(`collector ${n}`, collect)
  for (let n = random.integer(0, 2); n > 0; n--) {
    game.add(`janitor ${n}`, async (bucket) => (await openStorage(bucket, small)).discardStaleUploads({ ageMs: -1000 }))
  }
}

async function pushBlobs(repository: Repository, ways: readonly (typeof pushes)[string][]): Promise<void> {
  for (const [n, bytes] of blobs.entries()) await ways[n]?.(repository, bytes, digestOf(bytes))
}

/** As a client does it: the manifest, and when blobs are missing, these and the manifest again. */
async function pushImage(
  repository: Repository,
  { bytes: manifest, descriptor: { mediaType } }: (typeof images)[number],
  ways: readonly (typeof pushes)[string][],
): Promise<Digest> {
  for (let attempt = 0; ; attempt++) {
    try {
      return (await repository.manifests.put({ mediaType, bytes: manifest, tags: ['t'] })).digest
    } catch (error) {
      if (attempt === 3) throw error
      await pushBlobs(repository, ways)
    }
  }
}

/** With no grace and no delay, and whoever else collects. */
async function collect(bucket: Bucket): Promise<void> {
  const storage = await openStorage(bucket, small)
  await storage.collectGarbage({ graceMs: 0, ignoreLease: true })
}

/** When everybody has stopped, the janitor and the collector leave nothing but what is used, and a new client succeeds. */
async function checkTheEnd(shared: Bucket, faults: number): Promise<void> {
  const storage = await openStorage(shared, small)
  if (faults === 0) await checkTags(storage.repository(loose))
  await storage.discardStaleUploads({ ageMs: -1000 })
  for (let round = 0; round < 3; round++) await collect(shared)
  expect(await keysOf(shared, 'u/')).toEqual([])
  expect(await keysOf(shared, 'gc/trash/')).toEqual([])
  // Bytes that land after their session was discarded, and whose writer then dies, are left for fsck.
  if (faults === 0) expect(await garbage(shared)).toEqual([])
  for (const image of images) {
    const digest = await pushImage(storage.repository(kept), image, Object.values(pushes))
    expect(await brokenManifest(shared, kept, digest)).toEqual([])
    expect((await storage.repository(kept).tags.fetch('t')).digest).toBe(digest)
  }
  expect(await brokenPointers(shared)).toEqual([])
}

/** Invariant 3: a tag names a live manifest, and a manifest that lives after its push and a delete has its tag. */
async function checkTags({ tags, manifests }: Repository): Promise<void> {
  const listed = await tags.list({ limit: 10 }).catch(() => ({ items: [] }))
  for (const tag of listed.items) expect(await tags.fetch(tag)).toMatchObject({ mediaType: mediaTypes.ociManifest })
  for (const { descriptor } of images) {
    const lives = await manifests.fetch(descriptor.digest).catch(() => undefined)
    if (lives !== undefined) expect(listed.items).toEqual(['t'])
  }
}
