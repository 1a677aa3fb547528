import { beforeEach, describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { makeImage } from '@tsreg/testkit'
import { memoryBucket } from './bucket/index.ts'
import type { RegistryStorage, Repository } from './repository.ts'
import { openStorage } from './storage.ts'
import { seededBytes } from './testing/bucket-fixtures.ts'
import { type CountingBucket, countingBucket } from './testing/counting-bucket.ts'
import { content, keysOf, pushBlob, pushGraphTo, readBlob } from './testing/repository-fixtures.ts'

const MiB = 1024 * 1024
const bytes = seededBytes(MiB, 1)
const digest = digestOf(bytes)

describe.each([true, false])('requests to the bucket (conditional delete: %p)', (conditionalDelete) => {
  let counting: CountingBucket
  let storage: RegistryStorage
  let repository: Repository
  beforeEach(async () => {
    counting = countingBucket(memoryBucket({ conditionalDelete, partSize: 4 * MiB }))
    storage = await openStorage(counting.bucket)
    repository = storage.repository('a/b')
    counting.reset()
  })

  test('POST and PUT of a new blob: 9', async () => {
    const { id } = await repository.uploads.create()
    await (await repository.uploads.resume(id)).commit(digest, { content: content(bytes, 65_536), size: MiB })
    expect(counting.requests.map(withoutId)).toEqual([
      'put u/', // POST
      'read u/',
      `read b/sha256/${digest.slice(7)}`, // f1
      'write d/',
      'put u/', // f2
      `put b/sha256/${digest.slice(7)}`, // f3
      `put l/a.b/sha256/${digest.slice(7)}`, // f4
      `read b/sha256/${digest.slice(7)}`, // f5
      'delete u/',
    ])
  })

  test('POST, PATCH and PUT of a new blob: 11', async () => {
    const { id } = await repository.uploads.create()
    await (await repository.uploads.resume(id)).append(content(bytes, 65_536))
    await (await repository.uploads.resume(id)).commit(digest)
    expect(counting.requests.length).toBe(11)
    expect(counting.written()).toBeLessThan(MiB * 1.01)
  })

  test('POST ?digest= of a new blob: 7', async () => {
    await repository.uploads.put(digest, content(bytes, 65_536), { size: MiB })
    expect(counting.requests.map(withoutId)).toEqual([
      `read b/sha256/${digest.slice(7)}`,
      'put u/',
      'write d/',
      `put b/sha256/${digest.slice(7)}`,
      `put l/a.b/sha256/${digest.slice(7)}`,
      `read b/sha256/${digest.slice(7)}`,
      'delete u/',
    ])
  })

  test('POST ?digest= of a small blob: 4', async () => {
    await pushBlob(repository, seededBytes(16_384, 1))
    expect(counting.requests.length).toBe(4)
  })

  test('POST and PUT of a small blob: at most 8', async () => {
    const small = seededBytes(100, 1)
    const { id } = await repository.uploads.create()
    await (await repository.uploads.resume(id)).commit(digestOf(small), { content: content(small) })
    expect(counting.requests.length).toBe(conditionalDelete ? 7 : 8)
  })

  test('POST and PUT of a blob that is there: 6, and 7 without conditional delete, and no byte of it is written', async () => {
    await pushBlob(repository, bytes)
    counting.reset()
    const { id } = await repository.uploads.create()
    await (await repository.uploads.resume(id)).commit(digest, { content: content(bytes, 65_536) })
    expect(counting.requests.length).toBe(conditionalDelete ? 6 : 7)
    expect(counting.written()).toBeLessThan(1500)
    expect(await keysOf(counting.bucket, 'u/')).toEqual([])
    expect((await keysOf(counting.bucket, 'd/')).length).toBe(1)
  })

  test('a blob that is there: 3 to 6, by POST ?digest= and by mount', async () => {
    await pushBlob(repository, bytes)
    const other = storage.repository('c')
    for (const work of [
      () => pushBlob(repository, bytes),
      () => pushBlob(other, bytes),
      () => storage.repository('d').blobs.mount(digest, 'a/b'),
      () => storage.repository('e').blobs.mount(digest, undefined),
    ]) {
      counting.reset()
      await work()
      expect(counting.requests.length).toBeGreaterThanOrEqual(3)
      expect(counting.requests.length).toBeLessThanOrEqual(6)
      expect(counting.written()).toBeLessThan(200)
    }
  })

  test('a manifest with a config and 10 layers, by tag: about 30, in 3 rounds of writing', async () => {
    const image = makeImage({ layers: 10 })
    await pushGraphTo(repository, makeImage({ seed: 2 }), 'other')
    for (const blob of image.blobs.values()) await pushBlob(repository, blob.bytes)
    counting.reset()
    const { descriptor, bytes: manifest } = image.manifest
    await repository.manifests.put({ mediaType: descriptor.mediaType, bytes: manifest, tags: ['t'] })
    expect(counting.requests.length).toBe(5 + 2 + 22 + 2 + 1)
    expect(counting.rounds()).toEqual(['batch', 'put', 'put'])
  })

  test('a pull by tag: 2, and 1 when the manifest is remembered; a blob: 3, and 1 when its place is', async () => {
    await pushGraphTo(repository, makeImage({ seed: 3 }), 't')
    await pushBlob(repository, bytes)
    for (const expected of [2, 1]) {
      counting.reset()
      await repository.tags.fetch('t')
      expect(counting.requests.length).toBe(expected)
    }
    for (const expected of [3, 1]) {
      counting.reset()
      await readBlob(repository, digest)
      expect(counting.requests.length).toBe(expected)
    }
  })

  test('a page of tags or of the catalog: 1 LIST', async () => {
    await pushGraphTo(repository, makeImage({ seed: 4 }), 'a', 'b', 'c')
    counting.reset()
    await repository.tags.list({ limit: 2 })
    await storage.catalog({ limit: 2 })
    expect(counting.requests).toEqual(['list t/a.b/', 'list cat/'])
  })
})

test('a blob between the size of one object and that of a part is written once, as it came', async () => {
  const counting = countingBucket(memoryBucket({ partSize: 8 * MiB }))
  const { uploads, blobs } = (await openStorage(counting.bucket)).repository('a')
  for (const seed of [1, 2]) {
    const blob = seededBytes(6 * MiB, seed)
    counting.reset()
    const { id } = await uploads.create()
    await (await uploads.resume(id)).append(content(blob, 65_536))
    await (await uploads.resume(id)).commit(digestOf(blob))
    expect(counting.written()).toBeLessThan(6.01 * MiB)
    // The first upload starts a multipart upload in vain, to learn the size of parts.
    expect(counting.requests.length).toBe(seed === 1 ? 13 : 11)
    expect((await blobs.stat(digestOf(blob))).size).toBe(6 * MiB)
  }
})

test('a multipart upload that was begun in vain is ended, also when the bytes come with the closing PUT', async () => {
  const counting = countingBucket(memoryBucket({ partSize: 8 * MiB }))
  const { uploads } = (await openStorage(counting.bucket)).repository('a')
  const blob = seededBytes(6 * MiB, 1)
  counting.reset()
  const { id } = await uploads.create()
  await (await uploads.resume(id)).commit(digestOf(blob), { content: content(blob, 65_536) })
  expect(counting.requests.filter((request) => /^(start|abort) /.test(request)).length).toBe(2)
  expect(counting.requests.length).toBe(11)
})

describe('bytes written for uploads in small chunks', () => {
  async function writtenFor(total: number, chunk: number): Promise<number> {
    const counting = countingBucket(memoryBucket({ partSize: 8 * MiB }))
    const storage = await openStorage(counting.bucket)
    const { uploads, ...rest } = storage.repository('a')
    const all = seededBytes(total, total)
    const { id } = await uploads.create()
    for (let at = 0; at < total; at += chunk) {
      await (await uploads.resume(id)).append(content(all.subarray(at, at + chunk)), { start: at })
    }
    await (await uploads.resume(id)).commit(digestOf(all))
    expect((await readBlob({ uploads, ...rest }, digestOf(all))).equals(all)).toBe(true)
    const objects = await counting.bucket.list({ prefix: 'd/' })
    expect(objects.map(({ size }) => size)).toEqual(total > 16_384 ? [total] : [])
    return counting.written()
  }

  test('64 MiB in chunks of 64 KiB are written at most 4 times', async () => {
    expect(await writtenFor(64 * MiB, 65_536)).toBeLessThan(4 * 64 * MiB)
  })

  test('1-byte chunks cost a session cell each, and no more per byte when there are twice as many', async () => {
    const [once, twice] = [await writtenFor(6000, 1), await writtenFor(12_000, 1)]
    expect(once).toBeLessThan(6000 * 1500)
    expect(twice / once).toBeLessThan(2.2)
  })

  test('chunks just too large for the session cell: each byte once per size class, and once for the blob', async () => {
    for (const chunks of [250, 1000]) {
      expect(await writtenFor(chunks * 1500, 1500)).toBeLessThan(chunks * 1500 * 5)
    }
  })
})

function withoutId(request: string): string {
  return request.replace(/ (u|d)\/.*/, ' $1/')
}
