/**
 * Contract of blobs: reading, mounting, deleting.
 * @module
 */

import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { makeImage } from '@tsreg/testkit'
import { seededBytes } from './bucket-fixtures.ts'
import { type CurrentStorage, failureOf, freshName, pushBlob, pushGraphTo, readBlob } from './repository-fixtures.ts'

export function describeBlobs(current: CurrentStorage): void {
  const repository = () => current().storage.repository(freshName())
  const sizes = [1000, 100_000]

  describe('blobs', () => {
    test.each(sizes)('any range of a blob of %i bytes can be read', async (size) => {
      const repo = repository()
      const bytes = seededBytes(size, 1)
      const digest = await pushBlob(repo, bytes)
      for (const [start, end] of [
        [0, 0],
        [0, size - 1],
        [size - 1, size - 1],
        [17, 333],
      ] as const) {
        const read = await buffer(await repo.blobs.open(digest, { range: { start, end } }))
        expect(read.equals(bytes.subarray(start, end + 1))).toBe(true)
      }
    })

    test('a blob that was never pushed here is BLOB_UNKNOWN, wherever else it is', async () => {
      const digest = await pushBlob(repository(), seededBytes(500, 2))
      const repo = repository()
      for (const work of [repo.blobs.stat(digest), repo.blobs.open(digest), repo.blobs.delete(digest)]) {
        expect((await failureOf(work)).code).toBe('BLOB_UNKNOWN')
      }
    })

    test.each(sizes)(
      'a blob of %i bytes is mounted from a repository that has it, and without naming one',
      async (size) => {
        const from = repository()
        const bytes = seededBytes(size, 3)
        const digest = await pushBlob(from, bytes)
        const [named, anonymous, wrong] = [repository(), repository(), repository()]
        expect(await named.blobs.mount(digest, from.name)).toBe(true)
        expect(await anonymous.blobs.mount(digest, undefined)).toBe(true)
        expect(await wrong.blobs.mount(digest, repository().name)).toBe(false)
        expect(await wrong.blobs.mount(digestOf('absent'), undefined)).toBe(false)
        expect((await readBlob(named, digest)).equals(bytes)).toBe(true)
        expect((await readBlob(anonymous, digest)).equals(bytes)).toBe(true)
        expect((await failureOf(wrong.blobs.stat(digest))).code).toBe('BLOB_UNKNOWN')
      },
    )

    test('a deleted blob is gone at once from its repository only, and can be pushed again', async () => {
      const [here, there] = [repository(), repository()]
      const bytes = seededBytes(30_000, 4)
      const digest = await pushBlob(here, bytes)
      await pushBlob(there, bytes)
      await readBlob(here, digest)
      await here.blobs.delete(digest)
      expect((await failureOf(here.blobs.stat(digest))).code).toBe('BLOB_UNKNOWN')
      expect((await failureOf(here.blobs.delete(digest))).code).toBe('BLOB_UNKNOWN')
      expect((await there.blobs.stat(digest)).size).toBe(30_000)
      await pushBlob(here, bytes)
      expect((await readBlob(here, digest)).equals(bytes)).toBe(true)
    })

    test('a blob that a live manifest needs is REFERENCED, unless forced or the manifest is gone', async () => {
      const repo = repository()
      const image = makeImage({ seed: 91 })
      const digest = await pushGraphTo(repo, image, 'a')
      const [layer, other] = image.layers.map(({ descriptor }) => descriptor.digest)
      if (layer === undefined || other === undefined) throw new Error('an image of two layers was made')
      const failure = await failureOf(repo.blobs.delete(layer))
      expect([failure.code, failure.detail?.manifest]).toEqual(['REFERENCED', digest])
      expect((await failureOf(repo.blobs.delete(image.config.descriptor.digest))).code).toBe('REFERENCED')
      await repo.blobs.delete(layer, { force: true })
      expect((await failureOf(repo.blobs.stat(layer))).code).toBe('BLOB_UNKNOWN')
      await repo.manifests.delete(digest)
      await repo.blobs.delete(other)
      expect((await failureOf(repo.blobs.stat(other))).code).toBe('BLOB_UNKNOWN')
    })
  })
}
