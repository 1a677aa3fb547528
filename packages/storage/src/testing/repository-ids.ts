/**
 * Contract of the ID index.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import { encodedOf } from '@tsreg/oci'
import { makeArtifact, makeImage, makeIndex } from '@tsreg/testkit'
import { type CurrentStorage, failureOf, freshName, pushGraphTo } from './repository-fixtures.ts'

export function describeIds(current: CurrentStorage): void {
  describe('image IDs', () => {
    test('an image is found by the beginning of its ID and of its digest, here and in all repositories', async () => {
      const { storage } = current()
      const [here, there] = [storage.repository(freshName()), storage.repository(freshName())]
      const image = makeImage({ seed: 4711 })
      const digest = await pushGraphTo(here, image, 'a', 'b')
      await pushGraphTo(there, image)
      const imageId = image.config.descriptor.digest
      const size = [image.manifest, image.config, ...image.layers].reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
      const { mediaType } = image.manifest.descriptor
      const match = { repository: here.name, digest, imageId, mediaType, size, tags: ['a', 'b'] }
      for (const hex of [encodedOf(imageId), encodedOf(digest)]) {
        for (const prefix of [hex, hex.slice(0, 12), hex.slice(0, 8).toUpperCase()]) {
          expect(await here.findId(prefix, { limit: 10 })).toEqual([match])
          const everywhere = await storage.findId(prefix, { limit: 10 })
          const names = everywhere.map(({ repository }) => repository)
          expect(names.toSorted()).toEqual([here.name, there.name].toSorted())
        }
      }
      expect((await storage.findId(encodedOf(imageId), { limit: 1 })).length).toBe(1)
      await here.manifests.delete(digest)
      expect(await here.findId(encodedOf(imageId), { limit: 10 })).toEqual([])
      expect(await storage.findId(encodedOf(digest), { limit: 10 })).toEqual([
        { ...match, repository: there.name, tags: [] },
      ])
    })

    test('indexes and artifacts are found by their digest and have no image ID', async () => {
      const repo = current().storage.repository(freshName())
      for (const graph of [makeIndex({ manifests: [makeImage({ seed: 4712 })] }), makeArtifact({ content: '4713' })]) {
        const digest = await pushGraphTo(repo, graph, 'x')
        const [found] = await repo.findId(encodedOf(digest).slice(0, 16), { limit: 10 })
        expect([found?.digest, found?.imageId]).toEqual([digest, undefined])
      }
    })

    test.each(['', 'abc', 'xyz1', 'sha256:abcd', 'a'.repeat(129)])('%p is no prefix of an ID', async (prefix) => {
      const { storage } = current()
      expect((await failureOf(storage.findId(prefix, { limit: 1 }))).code).toBe('DIGEST_INVALID')
      expect((await failureOf(storage.repository('a').findId(prefix, { limit: 1 }))).code).toBe('DIGEST_INVALID')
    })
  })
}
