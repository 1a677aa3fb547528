/**
 * Contract of the deletion of a whole repository.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import { makeArtifact, makeImage } from '@tsreg/testkit'
import { isTombstone } from '../cells.ts'
import { linkPrefix, manifestPrefix, tagPrefix } from '../paths.ts'
import { type CurrentStorage, failureOf, freshName, pushBlob, pushGraphTo, pushImage } from './repository-fixtures.ts'

export function describeDeletes(current: CurrentStorage): void {
  describe('deleting a repository', () => {
    test('takes its tags, manifests, links and place in the catalog, on every replica, and nothing of others', async () => {
      const { storage, replica, bucket } = current()
      const [repo, other] = [storage.repository(freshName()), storage.repository(freshName())]
      const image = makeImage({ seed: 1 })
      await pushGraphTo(repo, image, 'a', 'b')
      await pushGraphTo(repo, makeArtifact({ subject: image.manifest.descriptor }))
      await pushImage(repo, 2, 'c')
      await pushBlob(repo, Buffer.from('no manifest names this'))
      const kept = await pushGraphTo(other, image, 'a')
      const { tags, manifests, blobs } = await repo.delete()
      expect([tags, manifests, blobs >= image.blobs.size + 1]).toEqual([3, 3, true])
      for (const name of [tagPrefix, manifestPrefix, linkPrefix]) {
        const left = await bucket.list({ prefix: name(repo.name) })
        expect(left.filter((entry) => !isTombstone(entry))).toEqual([])
      }
      for (const seen of [storage, replica]) {
        expect(await seen.repository(repo.name).exists()).toBe(false)
        expect((await failureOf(seen.repository(repo.name).tags.list({ limit: 5 }))).code).toBe('NAME_UNKNOWN')
        const { items } = await seen.catalog({ limit: 1000 })
        expect([items.includes(repo.name), items.includes(other.name)]).toEqual([false, true])
      }
      for (const digest of image.blobs.keys()) {
        expect((await failureOf(repo.blobs.stat(digest))).code).toBe('BLOB_UNKNOWN')
        await other.blobs.stat(digest)
      }
      expect((await other.tags.resolve('a')).digest).toBe(kept)
    })

    test('one that holds nothing is NAME_UNKNOWN, one with only blobs or only a name is deleted', async () => {
      const repo = current().storage.repository(freshName())
      expect((await failureOf(repo.delete())).code).toBe('NAME_UNKNOWN')
      await pushBlob(repo, Buffer.from('x'))
      expect(await repo.delete()).toEqual({ tags: 0, manifests: 0, blobs: 1 })
      expect((await failureOf(repo.delete())).code).toBe('NAME_UNKNOWN')
      await repo.manifests.delete(await pushImage(repo, 3))
      await repo.delete()
      expect((await failureOf(repo.delete())).code).toBe('NAME_UNKNOWN')
    })

    test('the same image can be pushed again, and is all there', async () => {
      const repo = current().replica.repository(freshName())
      const digest = await pushImage(repo, 4, 'a')
      await current().storage.repository(repo.name).delete()
      await pushImage(repo, 4, 'a')
      expect((await repo.tags.list({ limit: 5 })).items).toEqual(['a'])
      expect((await repo.tags.fetch('a')).digest).toBe(digest)
      expect(await repo.exists()).toBe(true)
    })
  })
}
