/**
 * Contract of referrers.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import { type Descriptor, digestOf } from '@tsreg/oci'
import { makeArtifact, makeImage, makeIndex } from '@tsreg/testkit'
import { type CurrentStorage, freshName, pushGraphTo, pushParts } from './repository-fixtures.ts'

export function describeReferrers(current: CurrentStorage): void {
  const repository = () => current().storage.repository(freshName())

  describe('referrers', () => {
    test('a subject has the referrers that live, with artifact type and annotations, in pages and by type', async () => {
      const repo = repository()
      const subject = makeImage({ seed: 1 }).manifest.descriptor
      const expected: Descriptor[] = []
      for (const n of [1, 2, 3, 4]) {
        const artifactType = `application/vnd.test.${n % 2}`
        const annotations = { n: String(n) }
        const graph = makeArtifact({ subject, artifactType, annotations })
        const digest = await pushGraphTo(repo, graph)
        expected.push({ ...graph.manifest.descriptor, digest, artifactType, annotations })
      }
      const index = makeIndex({ manifests: [makeImage({ seed: 2 })], subject })
      await pushGraphTo(repo, index)
      expected.push(index.manifest.descriptor)
      expected.sort((a, b) => (a.digest < b.digest ? -1 : 1))
      const { digest } = subject
      expect(await repo.referrers.list(digest, { limit: 10 })).toEqual({ items: expected, more: false })
      const odd = expected.filter(({ artifactType }) => artifactType === 'application/vnd.test.1')
      const byType = await repo.referrers.list(digest, { limit: 10, artifactType: 'application/vnd.test.1' })
      expect(byType.items).toEqual(odd)
      const first = await repo.referrers.list(digest, { limit: 2 })
      const rest = await repo.referrers.list(digest, { limit: 10, last: first.items.at(-1)?.digest })
      expect([first.more, rest.more, [...first.items, ...rest.items]]).toEqual([true, false, expected])
      const [gone] = expected
      if (gone !== undefined) await repo.manifests.delete(gone.digest)
      expect((await repo.referrers.list(digest, { limit: 10 })).items).toEqual(expected.slice(1))
    })

    test('nothing refers to an unknown subject, in any repository', async () => {
      expect(await repository().referrers.list(digestOf('x'), { limit: 10 })).toEqual({ items: [], more: false })
    })

    test('a sha512 manifest is listed under its sha512 digest', async () => {
      const repo = repository()
      const subject = { ...makeImage({ seed: 1 }).manifest.descriptor, digest: digestOf('s', 'sha512') }
      const graph = makeArtifact({ subject })
      await pushParts(repo, graph)
      const { bytes, descriptor } = graph.manifest
      const digest = digestOf(bytes, 'sha512')
      const result = await repo.manifests.put({ mediaType: descriptor.mediaType, bytes, digest, tags: [] })
      expect(result.subject).toBe(subject.digest)
      const { items } = await repo.referrers.list(subject.digest, { limit: 10 })
      expect(items.map((item) => item.digest)).toEqual([digest])
    })
  })
}
