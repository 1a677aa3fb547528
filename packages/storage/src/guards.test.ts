import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Digest, digestOf, OciError } from '@tsreg/oci'
import { makeImage } from '@tsreg/testkit'
import { type Bucket, memoryBucket } from './bucket/index.ts'
import { type CellState, cellsOf } from './cells.ts'
import { dataKey, linkKey, manifestKey, pointerKey, sessionKey } from './paths.ts'
import type { PointerHeader } from './pointer.ts'
import type { Repository } from './repository.ts'
import { openStorage } from './storage.ts'
import { seededBytes } from './testing/bucket-fixtures.ts'
import { type GatedBucket, gatedBucket } from './testing/gated-bucket.ts'
import { brokenManifest, brokenPointers, garbage } from './testing/invariants.ts'
import { content, failureOf, pushGraphTo, readBlob } from './testing/repository-fixtures.ts'
import { wrapBucket } from './testing/wrapped-bucket.ts'

const bytes = seededBytes(50_000, 1)
const digest = digestOf(bytes)
const name = 'a/b'
const image = makeImage({ seed: 1 })
const { descriptor, bytes: manifest } = image.manifest

/** A replica whose requests can be stopped on their way to the bucket they all share. */
interface Replica extends GatedBucket {
  readonly repository: Repository
  discardUploads(): Promise<number>
}

/** Each test is one interleaving that breaks an invariant when the guard in its title is taken out. */
describe.each([true, false])('guards of the protocol (conditional delete: %p)', (conditionalDelete) => {
  let shared: Bucket
  beforeEach(() => {
    shared = memoryBucket({ conditionalDelete, partSize: 16 * 1024 })
  })

  async function replica(): Promise<Replica> {
    const gated = gatedBucket(shared)
    const storage = await openStorage(gated.bucket, { cacheTtlMs: 0 })
    const discardUploads = () => storage.discardStaleUploads({ ageMs: -1000 })
    return { ...gated, repository: storage.repository(name), discardUploads }
  }

  const putManifest = ({ repository }: Replica, ...tags: string[]) =>
    repository.manifests.put({ mediaType: descriptor.mediaType, bytes: manifest, tags })
  const readPointerOf = (of: Digest): Promise<CellState<PointerHeader>> => cellsOf(shared).read(pointerKey(of))

  test('the session is read before the pointer: an older base never replaces a later one', async () => {
    const [crashed, one, two, janitor] = [await replica(), await replica(), await replica(), await replica()]
    // Session 0 is left in `commit` with the pointer's absence as its base.
    const abandoned = await crashed.repository.uploads.create()
    const crash = crashed.stop('put b/')
    const lost = failureOfAny(abandoned.commit(digest, { content: content(bytes) }))
    await crash.reached
    // Session 1 has all its bytes, and is committed by two replicas at once.
    const { id } = await one.repository.uploads.create()
    await (await one.repository.uploads.resume(id)).append(content(bytes))
    const first = await one.repository.uploads.resume(id)
    const second = await two.repository.uploads.resume(id)
    const sawAbsence = one.stopAfter('read b/')
    const firstDone = first.commit(digest).catch(() => undefined)
    await sawAbsence.reached
    const early = two.stop('put b/')
    const late = two.stop('put b/')
    const secondDone = second.commit(digest).catch(() => undefined)
    await early.reached
    // Session 0 is cancelled, which changes the base under both.
    await (await janitor.repository.uploads.resume(abandoned.id)).cancel()
    early.open()
    await late.reached
    const promotion = one.stop('put b/')
    sawAbsence.open()
    await Promise.race([promotion.reached, firstDone, ticks()])
    // Session 1 is cancelled too, while one has its commit record and the other is on its way to the commit point.
    await (await janitor.repository.uploads.resume(id)).cancel().catch(() => undefined)
    late.open()
    promotion.open()
    crash.fail()
    await Promise.all([firstDone, secondDone, lost])
    expect(await brokenPointers(shared)).toEqual([])
  })

  test('rule X takes the base away: an uploader that paused before the commit point loses', async () => {
    const [uploader, janitor] = [await replica(), await replica()]
    const upload = await uploader.repository.uploads.create()
    const gate = uploader.stop('put b/')
    const commit = failureOf(upload.commit(digest, { content: content(bytes) }))
    await gate.reached
    expect(await janitor.discardUploads()).toBe(1)
    gate.open()
    expect((await commit).code).toBe('BLOB_UPLOAD_UNKNOWN')
    expect(await brokenPointers(shared)).toEqual([])
    expect(await garbage(shared)).toEqual([])
  })

  test('rule X discards the session before it deletes: an uploader that paused before its commit record loses', async () => {
    const [uploader, janitor] = [await replica(), await replica()]
    const upload = await uploader.repository.uploads.create()
    const record = uploader.stopAfter('read b/')
    const commit = failureOf(upload.commit(digest, { content: content(bytes) }))
    await record.reached
    const deletion = janitor.stop('delete u/')
    const round = janitor.discardUploads()
    await deletion.reached
    record.open()
    expect((await commit).code).toBe('BLOB_UPLOAD_UNKNOWN')
    deletion.open()
    await round
    expect(await brokenPointers(shared)).toEqual([])
    expect(await garbage(shared)).toEqual([])
  })

  test('rule X keeps the bytes that a pointer names', async () => {
    const [uploader, janitor] = [await replica(), await replica()]
    const upload = await uploader.repository.uploads.create()
    const gate = uploader.stop('delete u/')
    const commit = upload.commit(digest, { content: content(bytes) })
    await gate.reached
    expect(await janitor.discardUploads()).toBe(1)
    gate.open()
    await commit
    expect(await brokenPointers(shared)).toEqual([])
    expect((await readBlob(uploader.repository, digest)).equals(bytes)).toBe(true)
  })

  const large = seededBytes(5_000_000, 5)
  test.each([
    ['closed with its bytes', bytes, 0],
    ['of one PATCH', bytes, bytes.byteLength],
    ['of parts', large, 4_500_000],
  ])(
    'the creation of a session (%s) that takes place again after its end does not take the bytes with it',
    async (_, all, patched) => {
      const [uploader, janitor] = [await replica(), await replica()]
      const upload = await uploader.repository.uploads.create()
      const created = await shared.read(sessionKey(upload.id))
      if (patched > 0) await upload.append(content(all.subarray(0, patched), 65_536))
      const rest = all.subarray(patched)
      await upload.commit(digestOf(all), rest.byteLength === 0 ? {} : { content: content(rest, 65_536) })
      await shared.put(sessionKey(upload.id), created?.body ?? new Uint8Array(0), { ifAbsent: true })
      expect(await janitor.discardUploads()).toBe(1)
      expect(await brokenPointers(shared)).toEqual([])
      expect((await readBlob(uploader.repository, digestOf(all))).equals(all)).toBe(true)
      expect(await garbage(shared)).toEqual([])
    },
  )

  test('a session whose creation got no answer is not created again, but another one', async () => {
    const creations: (readonly [string | undefined, boolean | undefined])[] = []
    const failing = wrapBucket(shared, async ({ name: method, keys: [key], isOnce }, call) => {
      if (method !== 'put' || key?.startsWith('u/') !== true) return await call()
      creations.push([key, isOnce])
      if (creations.length === 1) throw new OciError('UNAVAILABLE', 'no answer came')
      return await call()
    })
    const { uploads } = (await openStorage(failing, { cacheTtlMs: 0 })).repository(name)
    const { id } = await uploads.create()
    expect(creations).toEqual([
      [expect.any(String), true],
      [sessionKey(id), true],
    ])
    expect(creations[0]?.[0]).not.toBe(sessionKey(id))
  })

  test('bytes are created, never replaced: a second commit with other bytes cannot change what a digest names', async () => {
    const [one, two] = [await replica(), await replica()]
    const other = seededBytes(50_000, 2)
    const { id } = await one.repository.uploads.create()
    const second = await two.repository.uploads.resume(id)
    const gate = one.stop('put u/')
    const first = (await one.repository.uploads.resume(id)).commit(digest, { content: content(bytes) })
    await gate.reached
    expect((await failureOf(second.commit(digestOf(other), { content: content(other) }))).code).toBe(
      'BLOB_UPLOAD_INVALID',
    )
    gate.open()
    await first
    expect(await brokenPointers(shared)).toEqual([])
    expect((await readBlob(two.repository, digest)).equals(bytes)).toBe(true)
  })

  test('a late uploader deletes its own bytes only: the session published others under another digest', async () => {
    const [one, two] = [await replica(), await replica()]
    const large = [seededBytes(5_000_000, 3), seededBytes(5_000_000, 4)] as const
    const { id } = await one.repository.uploads.create()
    const second = await two.repository.uploads.resume(id)
    const gate = two.stop('put u/')
    const late = failureOf(second.commit(digestOf(large[1]), { content: content(large[1], 65_536) }))
    await gate.reached
    await (await one.repository.uploads.resume(id)).commit(digestOf(large[0]), { content: content(large[0], 65_536) })
    gate.open()
    expect((await late).code).toBe('BLOB_UPLOAD_UNKNOWN')
    expect(await brokenPointers(shared)).toEqual([])
    expect(await garbage(shared)).toEqual([])
  })

  test('f5, the pointer after the link: a duplicate whose blob was swept meanwhile publishes its own bytes', async () => {
    const [one, two] = [await replica(), await replica()]
    await one.repository.uploads.put(digest, content(bytes))
    const upload = await two.repository.uploads.create()
    const gate = two.stop('read l/')
    const commit = upload.commit(digest, { content: content(bytes) })
    await gate.reached
    await cellsOf(shared).entomb(pointerKey(digest), (await readPointerOf(digest)).version)
    gate.open()
    await commit
    expect((await readBlob(two.repository, digest)).equals(bytes)).toBe(true)
  })

  test('f5, the pointer after the link: the same when another upload was faster, and its blob was swept', async () => {
    const [one, two] = [await replica(), await replica()]
    const upload = await two.repository.uploads.create()
    const stores = two.stop('write d/')
    const commit = upload.commit(digest, { content: content(bytes) })
    await stores.reached
    await one.repository.uploads.put(digest, content(bytes))
    const links = two.stop('read l/')
    stores.open()
    await links.reached
    await cellsOf(shared).entomb(pointerKey(digest), (await readPointerOf(digest)).version)
    links.open()
    await commit
    expect((await readBlob(two.repository, digest)).equals(bytes)).toBe(true)
  })

  test('a condemned blob is rescued by an upload, a mount and a manifest', async () => {
    const pusher = await replica()
    await pushGraphTo(pusher.repository, image)
    const [layer] = image.layers
    if (layer === undefined) throw new Error('an image of two layers was made')
    const of = layer.descriptor.digest
    for (const use of [
      () => pusher.repository.uploads.put(of, content(layer.bytes)),
      () => pusher.repository.blobs.mount(of, undefined),
      () => putManifest(pusher),
    ]) {
      await condemn(pointerKey(of))
      await use()
      expect((await readPointerOf(of)).header?.st).toBe('live')
    }
    for (const use of [() => pusher.repository.blobs.mount(of, undefined), () => putManifest(pusher)]) {
      await condemn(linkKey(name, of))
      await use()
      expect((await cellsOf(shared).read<PointerHeader>(linkKey(name, of))).header?.st).toBe('live')
    }
  })

  async function condemn(key: string): Promise<void> {
    const { version, header, payload } = await cellsOf(shared).read<object>(key)
    await cellsOf(shared).write({ key, version, header: { ...header, st: 'cond' }, payload })
  }

  test('M3 always writes: a refused push does not take back the manifest that another one acknowledged', async () => {
    const [one, two] = [await replica(), await replica()]
    await pushGraphTo(one.repository, makeImage({ seed: 2 }))
    for (const blob of image.blobs.values())
      await one.repository.uploads.put(blob.descriptor.digest, content(blob.bytes))
    const [layer] = image.layers
    if (layer === undefined) throw new Error('an image of two layers was made')
    await one.repository.blobs.delete(layer.descriptor.digest)
    const takeBack = conditionalDelete ? one.stop('delete m/') : one.stopAfter('read l/')
    const refused = failureOf(putManifest(one))
    await takeBack.reached
    await two.repository.uploads.put(layer.descriptor.digest, content(layer.bytes))
    await putManifest(two)
    takeBack.open()
    await refused.catch(() => {})
    expect(await brokenManifest(shared, name, descriptor.digest)).toEqual([])
  })

  test('M5b, the manifest after the tag: a manifest deleted between is written again', async () => {
    const [pusher, deleter] = [await replica(), await replica()]
    await pushGraphTo(pusher.repository, image)
    const gate = pusher.stop('put t/')
    const push = putManifest(pusher, 't')
    await gate.reached
    await deleter.repository.manifests.delete(descriptor.digest)
    gate.open()
    await push
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
    expect(await brokenManifest(shared, name, descriptor.digest)).toEqual([])
  })

  test('M5b after a conditional push: the tag it wrote itself is no reason to refuse it', async () => {
    const [pusher, deleter] = [await replica(), await replica()]
    await pushGraphTo(pusher.repository, image)
    const gate = pusher.stopAfter('put t/')
    const condition = { mediaType: descriptor.mediaType, bytes: manifest, tags: ['t'], ifNoneMatch: ['*'] }
    const push = pusher.repository.manifests.put(condition)
    await gate.reached
    const cleaning = deleter.stop('list g/')
    const deletion = deleter.repository.manifests.delete(descriptor.digest)
    await cleaning.reached
    gate.open()
    await push
    cleaning.open()
    await deletion
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
  })

  test('a delete looks at the manifest after the tag: the tag of a later push stays', async () => {
    const [pusher, deleter] = [await replica(), await replica()]
    await pushGraphTo(pusher.repository, image, 't')
    const gate = deleter.stop('list g/')
    const deletion = deleter.repository.manifests.delete(descriptor.digest)
    await gate.reached
    await putManifest(pusher, 't')
    gate.open()
    await deletion
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
  })

  test('M5 always writes: a tag that is right already is not taken by a delete that saw it before', async () => {
    const [pusher, deleter] = [await replica(), await replica()]
    await pushGraphTo(pusher.repository, image, 't')
    const gate = conditionalDelete ? deleter.stop('delete t/') : deleter.stop('put t/')
    const deletion = deleter.repository.manifests.delete(descriptor.digest)
    await gate.reached
    await putManifest(pusher, 't')
    gate.open()
    await deletion
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
  })

  test('a lost reply of any write of an upload or a push is found to have happened', async () => {
    const pusher = await replica()
    await pushGraphTo(pusher.repository, makeImage({ seed: 2 }))
    for (const match of ['put u/', 'put b/', 'put l/']) {
      const blob = seededBytes(40_000, match.charCodeAt(4))
      const gate = pusher.stop(match)
      const put = pusher.repository.uploads.put(digestOf(blob), content(blob))
      await gate.reached
      gate.loseReply()
      await put
      expect((await readBlob(pusher.repository, digestOf(blob))).equals(blob)).toBe(true)
    }
    for (const match of ['put m/', 'put t/']) {
      const gate = pusher.stop(match)
      const push = pushGraphTo(pusher.repository, image, 't')
      await gate.reached
      gate.loseReply()
      await push
      expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
    }
    expect(await garbage(shared)).toEqual([])
  })

  test.each(['put u/', 'write d/', 'put b/', 'put l/', 'delete u/'])(
    'a commit that fails at its %s can be tried again',
    async (match) => {
      const [one, two] = [await replica(), await replica()]
      const { id } = await one.repository.uploads.create()
      const upload = await one.repository.uploads.resume(id)
      const gate = one.stop(match)
      const commit = upload.commit(digest, { content: content(bytes) }).then(
        () => true,
        () => false,
      )
      await gate.reached
      gate.fail()
      expect(await commit).toBe(match === 'delete u/')
      if (match !== 'delete u/')
        await (await two.repository.uploads.resume(id)).commit(digest, { content: content(bytes) })
      expect((await readBlob(two.repository, digest)).equals(bytes)).toBe(true)
      await two.discardUploads()
      expect(await garbage(shared)).toEqual([])
    },
  )

  test('the object of a session has the digest it was verified as in its metadata', async () => {
    const one = await replica()
    const upload = await one.repository.uploads.create()
    await upload.commit(digest, { content: content(bytes) })
    expect((await shared.stat(dataKey(upload.id)))?.metadata).toEqual({ digest })
  })

  test('the manifest cell of a push whose check failed is taken back', async () => {
    const one = await replica()
    await pushGraphTo(one.repository, makeImage({ seed: 2 }))
    expect((await failureOf(putManifest(one, 't'))).code).toBe('MANIFEST_BLOB_UNKNOWN')
    expect((await cellsOf(shared).read(manifestKey(name, descriptor.digest))).header).toBeUndefined()
  })
})

async function failureOfAny(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** Long enough for everything that waits for no gate: the bucket is in memory. */
async function ticks(): Promise<void> {
  for (let n = 0; n < 50; n++) await new Promise((resolve) => setImmediate(resolve))
}
