import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Digest, digestOf, isOciError } from '@tsreg/oci'
import { makeImage } from '@tsreg/testkit'
import { type Bucket, memoryBucket } from '../bucket/index.ts'
import { manifestKey, pointerKey } from '../paths.ts'
import type { RegistryStorage, Repository } from '../repository.ts'
import { openStorage } from '../storage.ts'
import { seededBytes } from '../testing/bucket-fixtures.ts'
import { runFsck } from '../testing/fsck-fixtures.ts'
import { type GatedBucket, gatedBucket } from '../testing/gated-bucket.ts'
import { brokenManifest, brokenPointers, garbage } from '../testing/invariants.ts'
import { content, keysOf, pushBlob, pushGraphTo, readBlob } from '../testing/repository-fixtures.ts'
import { wrapBucket } from '../testing/wrapped-bucket.ts'

const bytes = seededBytes(50_000, 1)
const digest = digestOf(bytes)
const name = 'a/b'

describe.each([true, false])('a repair beside others (conditional delete: %p)', (conditionalDelete) => {
  let shared: Bucket
  beforeEach(() => {
    shared = memoryBucket({ conditionalDelete, partSize: 16 * 1024 })
  })

  async function replica(): Promise<
    GatedBucket & { readonly storage: RegistryStorage; readonly repository: Repository }
  > {
    const gated = gatedBucket(shared)
    const storage = await openStorage(gated.bucket, { cacheTtlMs: 0, graceMs: 0 })
    return { ...gated, storage, repository: storage.repository(name) }
  }

  /** All bytes have come, in an object without a note of its digest; the closing request is yet to come. */
  async function almostUploaded({ repository }: { readonly repository: Repository }) {
    const upload = await repository.uploads.create()
    await upload.append(content(bytes))
    return upload
  }

  test('an upload that ends between the looks at its object and at its session keeps its bytes', async () => {
    const [uploader, checker] = [await replica(), await replica()]
    const upload = await almostUploaded(uploader)
    const sessions = checker.stop('list u/')
    const run = runFsck(checker.storage, { repair: true })
    await sessions.reached
    await upload.commit(digest)
    sessions.open()
    expect((await run).report.problems).toEqual({})
    expect(await brokenPointers(shared)).toEqual([])
    expect((await readBlob(uploader.repository, digest)).equals(bytes)).toBe(true)
  })

  test('an upload that ends before the look at its object keeps its bytes', async () => {
    const [uploader, checker] = [await replica(), await replica()]
    const objects = checker.stop('list d/')
    const run = runFsck(checker.storage, { repair: true })
    await objects.reached
    await (await almostUploaded(uploader)).commit(digest)
    objects.open()
    expect((await run).report.problems).toEqual({})
    expect((await readBlob(uploader.repository, digest)).equals(bytes)).toBe(true)
  })

  test('bytes that garbage collection takes out of use meanwhile are left for it', async () => {
    const [collector, checker] = [await replica(), await replica()]
    await (await almostUploaded(collector)).commit(digest)
    const [object = ''] = await keysOf(shared, 'd/')
    const afterwards = checker.stopAfter('list gc/trash/')
    const run = runFsck(checker.storage, { repair: true })
    await afterwards.reached
    await collector.storage.collectGarbage({ graceMs: 0 })
    expect(await keysOf(shared, 'gc/trash/')).toHaveLength(1)
    afterwards.open()
    await run
    expect(await shared.stat(object)).toBeDefined()
  })

  test('a tag that is pushed again while it is found dangling stays', async () => {
    const [pusher, checker] = [await replica(), await replica()]
    const image = makeImage({ seed: 1 })
    await pushGraphTo(pusher.repository, image, 't')
    await shared.delete(manifestKey(name, image.manifest.descriptor.digest))
    const markers = checker.stop('list s/')
    const run = runFsck(checker.storage, { repair: true })
    await markers.reached
    const looked = checker.stopAfter('read m/')
    markers.open()
    await looked.reached
    await pushGraphTo(pusher.repository, image, 't')
    looked.open()
    await run
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(image.manifest.descriptor.digest)
  })

  test('a blob that another repair gave up, and that was pushed again since, stays', async () => {
    const [pusher, one, two] = [await replica(), await replica(), await replica()]
    await pushBlob(pusher.repository, bytes)
    const [object = ''] = await keysOf(shared, 'd/')
    await shared.delete(object)
    const gate = one.stop(`put ${pointerKey(digest)}`)
    const run = runFsck(one.storage, { repair: true })
    await gate.reached
    expect((await runFsck(two.storage, { repair: true })).report.problems['blob-missing']?.repaired).toBe(1)
    await pushBlob(pusher.repository, bytes)
    gate.open()
    expect((await run).report.problems['blob-missing']).toBeUndefined()
    expect((await readBlob(pusher.repository, digest)).equals(bytes)).toBe(true)
  })

  test.each(['put', 'delete', 'batch'])('one that dies at a %s leaves what the next one mends', async (operation) => {
    const [pusher, dying, checker] = [await replica(), await replica(), await replica()]
    const image = makeImage({ seed: 2 })
    await pushGraphTo(pusher.repository, image, 't')
    await pushBlob(pusher.repository, bytes)
    await shared.write((await keysOf(shared, 'd/'))[0] ?? '', content(seededBytes(50_000, 2)))
    await shared.write('d/30/00000000-0000-4000-8000-000000000000.aa', content(Buffer.from('x')))
    for (const key of await keysOf(shared, 'cat/')) await shared.delete(key)
    await shared.delete(manifestKey(name, image.manifest.descriptor.digest))
    for (let death = 0; death < 5; death++) {
      const gate = dying.stop(`${operation} `)
      const run = runFsck(dying.storage, { repair: true, deep: true }).then(
        () => 'ended' as const,
        () => 'died' as const,
      )
      if ((await Promise.race([gate.reached, run])) === 'ended') break
      gate.loseReply()
      await run
    }
    await runFsck(checker.storage, { repair: true, deep: true })
    expect((await runFsck(checker.storage, { deep: true })).report.damage).toBe(0)
    expect(await brokenPointers(shared)).toEqual([])
  })
})

/** What a client may be told whose blobs or uploads were collected under its hands. */
const honest = ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UPLOAD_UNKNOWN', 'UNAVAILABLE']

/** Everybody at once on one memory, each operation after a pause of seeded length. */
test.each([1, 2, 3])(
  'pushes, deletes, collection, janitor and repairs at once lose nothing (seed %i)',
  async (seed) => {
    const shared = memoryBucket({ conditionalDelete: seed % 2 === 0, partSize: 16 * 1024 })
    const random = randomNumbers(seed)
    const open = () =>
      openStorage(
        wrapBucket(shared, async (_operation, call) => {
          for (let n = random(4); n > 0; n--) await new Promise((resolve) => setImmediate(resolve))
          return await call()
        }),
        { cacheTtlMs: 0, graceMs: 0 },
      )
    const acknowledged = new Map<string, Digest>()
    let pushing = true

    async function push(worker: number): Promise<void> {
      const repository = (await open()).repository(name)
      for (let round = 0; round < 8; round++) {
        const image = makeImage({ seed: random(6) })
        const tag = `w${worker}-${round % 3}`
        try {
          const upload = await repository.uploads.create()
          await upload.append(content(seededBytes(30_000, random(3))))
          await pushGraphTo(repository, image, tag)
          acknowledged.set(tag, image.manifest.descriptor.digest)
          if (round % 4 === 3) {
            acknowledged.delete(tag)
            await repository.tags.delete(tag)
          }
        } catch (error) {
          // Collected or discarded in the middle, with no grace at all: told, and the tag may have moved before.
          if (!isOciError(error) || !honest.includes(error.code)) throw error
          acknowledged.delete(tag)
        }
      }
    }

    async function upkeep(work: (storage: RegistryStorage) => Promise<unknown>): Promise<void> {
      const storage = await open()
      while (pushing) await work(storage)
    }

    const running = [
      upkeep((storage) => storage.collectGarbage({ graceMs: 0, untaggedOlderThanMs: 0, ignoreLease: true })),
      upkeep((storage) => storage.discardStaleUploads({ ageMs: 500 })),
      upkeep(async (storage) => {
        const { report } = await runFsck(storage, { repair: true, deep: true, youngMs: 60_000 })
        expect(report.damage).toBe(0)
      }),
    ]
    try {
      await Promise.all([push(1), push(2), push(3)])
    } finally {
      pushing = false
      await Promise.all(running)
    }
    expect(acknowledged.size).toBeGreaterThan(0)
    const storage = await open()
    for (const [tag, expected] of acknowledged) {
      expect((await storage.repository(name).tags.resolve(tag)).digest).toBe(expected)
      expect(await brokenManifest(shared, name, expected)).toEqual([])
    }
    expect(await brokenPointers(shared)).toEqual([])
    await storage.discardStaleUploads({ ageMs: -1 })
    expect((await runFsck(storage, { repair: true, deep: true })).report.damage).toBe(0)
    expect((await garbage(shared)).filter((key) => !key.startsWith('d/'))).toEqual([])
  },
)

function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
