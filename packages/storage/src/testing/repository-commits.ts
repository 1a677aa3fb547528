/**
 * Contract of commits: every way to push a blob of every size, digests of both algorithms, wrong ones, replicas.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import { type Digest, type DigestAlgorithm, digestOf } from '@tsreg/oci'
import { failing } from '@tsreg/testkit'
import type { Repository } from '../repository.ts'
import { seededBytes } from './bucket-fixtures.ts'
import { type CurrentStorage, content, failureOf, freshName, keysOf, leftBy, readBlob } from './repository-fixtures.ts'

type Push = (repository: Repository, bytes: Uint8Array, digest: Digest) => Promise<unknown>

/** The ways in which clients push a blob. */
export const pushes: Record<string, Push> = {
  'POST, PUT': async ({ uploads }, bytes, digest) =>
    (await uploads.create()).commit(digest, { content: content(bytes, 50_000), size: bytes.byteLength }),
  'POST, PATCH, PUT': async ({ uploads }, bytes, digest) => {
    const { id } = await uploads.create()
    await (await uploads.resume(id)).append(content(bytes, 50_000))
    await (await uploads.resume(id)).commit(digest)
  },
  'POST, three PATCHes, PUT with the rest': async ({ uploads }, bytes, digest) => {
    const { id } = await uploads.create()
    const quarter = Math.floor(bytes.byteLength / 4)
    for (const n of [0, 1, 2]) {
      await (await uploads.resume(id)).append(content(bytes.subarray(n * quarter, (n + 1) * quarter)), {
        start: n * quarter,
      })
    }
    const start = quarter * 3
    await (await uploads.resume(id)).commit(digest, { content: content(bytes.subarray(start)), start })
  },
  'POST ?digest=': ({ uploads }, bytes, digest) =>
    uploads.put(digest, content(bytes, 50_000), { size: bytes.byteLength }),
}

const sizeNames = [
  'empty',
  'one byte',
  'inline',
  'just not inline',
  'one object',
  'just parts',
  'parts',
  'whole parts',
] as const

export function describeCommits(current: CurrentStorage): void {
  const repository = () => current().storage.repository(freshName())
  const sizeOf = (name: (typeof sizeNames)[number]): number => {
    const { partSize, singleBytes } = current()
    const large = Math.max(partSize, singleBytes)
    return (
      [0, 1, 16 * 1024, 16 * 1024 + 1, 100_000, large + 1, large * 2 + 12_345, large * 2][sizeNames.indexOf(name)] ?? 0
    )
  }
  const cases = Object.keys(pushes).flatMap((way) => sizeNames.map((size) => [way, size] as const))

  describe('commits', () => {
    test.each(cases)('%s of a blob (%s): it can be read and nothing else is left', async (way, sizeName) => {
      const size = sizeOf(sizeName)
      const bytes = seededBytes(size, size + way.length)
      const digest = digestOf(bytes)
      const before = await keysOf(current().bucket, 'd/')
      const repo = repository()
      await pushes[way]?.(repo, bytes, digest)
      expect(await repo.blobs.stat(digest)).toEqual({ digest, size })
      expect((await readBlob(repo, digest)).equals(bytes)).toBe(true)
      const known = way === 'POST ?digest=' || sizeNames.indexOf(sizeName) > 2
      const objects = (await keysOf(current().bucket, 'd/')).length - before.length
      if (known) expect(objects).toBeLessThanOrEqual(1)
      expect(await keysOf(current().bucket, 'u/')).toEqual([])
    })

    test.each(['inline', 'one object', 'parts'] as const)(
      'a wrong digest for a blob (%s) is DIGEST_INVALID with both values, and the right one is accepted after it',
      async (sizeName) => {
        const bytes = seededBytes(sizeOf(sizeName), 11)
        const { uploads, ...rest } = repository()
        const { id } = await uploads.create()
        const half = bytes.byteLength >> 1
        await (await uploads.resume(id)).append(content(bytes.subarray(0, half), 50_000))
        const wrong = digestOf('something else')
        for (const tail of [seededBytes(half + 1, 12), seededBytes(10, 13), new Uint8Array(0)]) {
          const failure = await failureOf((await uploads.resume(id)).commit(wrong, { content: content(tail, 50_000) }))
          expect([failure.code, failure.detail?.expected]).toEqual(['DIGEST_INVALID', wrong])
          expect(failure.detail?.received).toBe(digestOf(Buffer.concat([bytes.subarray(0, half), tail])))
          expect((await uploads.resume(id)).offset).toBe(half)
        }
        await (await uploads.resume(id)).commit(digestOf(bytes), { content: content(bytes.subarray(half), 50_000) })
        expect((await readBlob({ uploads, ...rest }, digestOf(bytes))).equals(bytes)).toBe(true)
        expect(await leftBy(current().bucket, `u/${id}`)).toEqual([])
      },
    )

    test('a closing PUT that is cut keeps what came, and a second one finishes', async () => {
      const bytes = seededBytes(sizeOf('parts'), 21)
      const repo = repository()
      const { id } = await repo.uploads.create()
      const at = bytes.byteLength - 100
      const digest = digestOf(bytes)
      const cut = (await repo.uploads.resume(id)).commit(digest, { content: failing(content(bytes, 50_000), at) })
      await expect(cut).rejects.toThrow('failed after')
      const resumed = await repo.uploads.resume(id)
      expect(resumed.offset).toBe(at)
      await resumed.commit(digest, { content: content(bytes.subarray(at)), start: at })
      expect((await readBlob(repo, digest)).equals(bytes)).toBe(true)
    })

    test.each([
      ['sha256', 'inline'],
      ['sha256', 'one object'],
      ['sha256', 'parts'],
      ['sha512', 'inline'],
      ['sha512', 'one object'],
      ['sha512', 'parts'],
    ] as [DigestAlgorithm, 'inline'][])(
      'an upload announced for %s (%s) can be committed under a sha512 digest',
      async (algorithm, sizeName) => {
        const bytes = seededBytes(sizeOf(sizeName), 31)
        const digest = digestOf(bytes, 'sha512')
        const repo = repository()
        const { id } = await repo.uploads.create({ algorithm })
        await (await repo.uploads.resume(id)).append(content(bytes.subarray(0, -7), 50_000))
        await (await repo.uploads.resume(id)).commit(digest, { content: content(bytes.subarray(-7)) })
        expect((await readBlob(repo, digest)).equals(bytes)).toBe(true)
        expect((await failureOf(repo.blobs.stat(digestOf(bytes)))).code).toBe('BLOB_UNKNOWN')
      },
    )

    test.each(['inline', 'one object', 'parts'] as const)(
      'every request of an upload (%s) may go to another replica',
      async (sizeName) => {
        const { storage, replica } = current()
        const name = freshName()
        const [here, there] = [storage.repository(name), replica.repository(name)]
        const bytes = seededBytes(sizeOf(sizeName), 41)
        const third = Math.floor(bytes.byteLength / 3)
        const { id } = await here.uploads.create()
        await (await there.uploads.resume(id)).append(content(bytes.subarray(0, third), 50_000))
        await (await here.uploads.resume(id)).append(content(bytes.subarray(third, 2 * third), 50_000))
        await (await there.uploads.resume(id)).append(content(bytes.subarray(2 * third), 50_000))
        await (await here.uploads.resume(id)).commit(digestOf(bytes))
        expect((await readBlob(there, digestOf(bytes))).equals(bytes)).toBe(true)
        expect(await leftBy(current().bucket, `u/${id}`)).toEqual([])
      },
    )

    test('an upload of many parts continued elsewhere refuses a wrong digest, and takes the right one after it', async () => {
      const { storage, replica } = current()
      const name = freshName()
      const bytes = seededBytes(sizeOf('parts'), 51)
      const { id } = await storage.repository(name).uploads.create()
      await (await storage.repository(name).uploads.resume(id)).append(content(bytes.subarray(0, -9), 50_000))
      const there = replica.repository(name)
      await (await there.uploads.resume(id)).append(content(bytes.subarray(-9)))
      const failure = await failureOf((await there.uploads.resume(id)).commit(digestOf('else')))
      expect([failure.code, failure.detail?.received]).toEqual(['DIGEST_INVALID', digestOf(bytes)])
      expect((await there.uploads.resume(id)).offset).toBe(bytes.byteLength)
      await (await there.uploads.resume(id)).commit(digestOf(bytes))
      expect((await readBlob(there, digestOf(bytes))).equals(bytes)).toBe(true)
      expect(await leftBy(current().bucket, `u/${id}`)).toEqual([])
    })

    test('a blob that is there already is not stored again, whichever way it is pushed', async () => {
      const bytes = seededBytes(200_000, 61)
      const digest = digestOf(bytes)
      const repo = repository()
      for (const push of Object.values(pushes)) await push(repo, bytes, digest)
      const objects = await keysOf(current().bucket, 'd/')
      for (const push of Object.values(pushes)) await push(repository(), bytes, digest)
      expect(await keysOf(current().bucket, 'd/')).toEqual(objects)
    })

    test.each([100, 200_000])(
      'POST ?digest= with other bytes (%i) than the digest names is refused, also when the blob exists',
      async (size) => {
        const bytes = seededBytes(size, 71)
        const repo = repository()
        await repo.uploads.put(digestOf(bytes), content(bytes))
        for (const digest of [digestOf(bytes), digestOf('absent')]) {
          const other = repository()
          const failure = await failureOf(other.uploads.put(digest, content(seededBytes(size, 72), 50_000)))
          expect(failure.code).toBe('DIGEST_INVALID')
          expect((await failureOf(other.blobs.stat(digest))).code).toBe('BLOB_UNKNOWN')
        }
        const short = await failureOf(repository().uploads.put(digestOf(bytes), content(bytes), { size: size + 1 }))
        expect(short.code).toBe('SIZE_INVALID')
        expect(await keysOf(current().bucket, 'u/')).toEqual([])
      },
    )

    test('a digest of an unknown algorithm is DIGEST_INVALID', async () => {
      const { uploads } = repository()
      const digest = `blake3:${'a'.repeat(64)}` as Digest
      const upload = await uploads.create()
      expect((await failureOf(uploads.put(digest, content(seededBytes(5, 1))))).code).toBe('DIGEST_INVALID')
      expect((await failureOf(upload.commit(digest))).code).toBe('DIGEST_INVALID')
      await upload.cancel()
    })
  })
}
