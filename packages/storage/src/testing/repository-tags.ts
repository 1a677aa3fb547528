/**
 * Contract of tags and of the catalog: pages, conditions, deletes.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { makeImage } from '@tsreg/testkit'
import { type CurrentStorage, failureOf, freshName, pushBlob, pushGraphTo, pushImage } from './repository-fixtures.ts'

export function describeTags(current: CurrentStorage): void {
  const repository = () => current().storage.repository(freshName())

  describe('tags', () => {
    test('pages are in byte order, end where they should, and start after any text', async () => {
      const repo = repository()
      const tags = ['1', '10', '2', 'A', 'Z', '_', 'a', 'a-b', 'a.b', 'aa', 'z'].toSorted()
      await pushImage(repo, 1, ...tags)
      for (const limit of [1, 2, 3, 10, 11, 12, 5000]) {
        const seen: string[] = []
        for (let last: string | undefined; ; last = seen.at(-1)) {
          const { items, more } = await repo.tags.list({ limit, last })
          seen.push(...items)
          expect(items.length).toBeLessThanOrEqual(limit)
          if (!more) break
          expect(items.length).toBe(limit)
        }
        expect(seen).toEqual(tags)
      }
      expect(await repo.tags.list({ limit: 0 })).toEqual({ items: [], more: false })
      for (const last of ['', 'B', 'a', 'a/', 'a~', 'zz', 'é', 'x'.repeat(3000)]) {
        expect((await repo.tags.list({ limit: 100, last })).items).toEqual(tags.filter((tag) => tag > last))
      }
    })

    test('deleted tags do not count into a page', async () => {
      const repo = repository()
      const tags = Array.from({ length: 30 }, (_, n) => `tag-${String(n).padStart(2, '0')}`)
      await pushImage(repo, 2, ...tags)
      for (const tag of tags.slice(3, 27)) await repo.tags.delete(tag)
      expect(await repo.tags.list({ limit: 4 })).toEqual({
        items: ['tag-00', 'tag-01', 'tag-02', 'tag-27'],
        more: true,
      })
      expect(await repo.tags.list({ limit: 4, last: 'tag-10' })).toEqual({
        items: ['tag-27', 'tag-28', 'tag-29'],
        more: false,
      })
    })

    test('a repository that never existed is NAME_UNKNOWN, one with only blobs too, one that was emptied is not', async () => {
      const repo = repository()
      expect((await failureOf(repo.tags.list({ limit: 5 }))).code).toBe('NAME_UNKNOWN')
      await pushBlob(repo, Buffer.from('x'))
      expect((await failureOf(repo.tags.list({ limit: 5 }))).code).toBe('NAME_UNKNOWN')
      const digest = await pushImage(repo, 3, 'a')
      await repo.manifests.delete(digest)
      expect(await repo.tags.list({ limit: 5 })).toEqual({ items: [], more: false })
    })

    test('deleting a tag leaves the manifest and the other tags', async () => {
      const repo = repository()
      const digest = await pushImage(repo, 4, 'a', 'b')
      await repo.tags.delete('a')
      expect((await failureOf(repo.tags.delete('a'))).code).toBe('MANIFEST_UNKNOWN')
      expect(await repo.tags.of(digest)).toEqual(['b'])
      expect((await repo.manifests.fetch(digest)).digest).toBe(digest)
    })

    test.each(['.bad', 'x'.repeat(200), '', 'a/b', '../m'])('%p is no tag of anything', async (tag) => {
      expect((await failureOf(repository().tags.resolve(tag))).code).toBe('MANIFEST_UNKNOWN')
    })

    test('conditions decide on what the tag names, and a push that loses leaves nothing', async () => {
      const repo = repository()
      const [one, two] = [makeImage({ seed: 5 }), makeImage({ seed: 6 })]
      const first = await pushGraphTo(repo, one, 'free')
      const second = await pushGraphTo(repo, two)
      const put = (image: typeof one, tag: string, condition: object) =>
        repo.manifests.put({
          mediaType: image.manifest.descriptor.mediaType,
          bytes: image.manifest.bytes,
          tags: [tag],
          ...condition,
        })
      await put(one, 't', { ifNoneMatch: ['*'] })
      expect((await failureOf(put(two, 't', { ifNoneMatch: ['*'] }))).code).toBe('PRECONDITION_FAILED')
      expect((await failureOf(put(two, 't', { ifMatch: [second] }))).detail?.received).toBe(first)
      expect((await failureOf(put(two, 'absent', { ifMatch: ['*'] }))).code).toBe('PRECONDITION_FAILED')
      expect((await failureOf(put(two, 't', { ifNoneMatch: [first] }))).code).toBe('PRECONDITION_FAILED')
      expect((await repo.tags.resolve('t')).digest).toBe(first)
      await put(two, 't', { ifMatch: [digestOf('x'), first] })
      expect((await repo.tags.resolve('t')).digest).toBe(second)
      expect((await failureOf(repo.tags.delete('t', { ifMatch: [first] }))).code).toBe('PRECONDITION_FAILED')
      await repo.tags.delete('t', { ifMatch: [second] })
      await put(one, 't', { ifNoneMatch: ['*'] })
      expect((await repo.tags.resolve('t')).digest).toBe(first)
    })
  })

  describe('catalog', () => {
    test('repositories come in byte order of their names, in pages', async () => {
      const { storage } = current()
      const names = ['zz', 'zz-a', 'zz.a', 'zz/a', 'zz/a-b', 'zz0', 'zz_a', 'zza'].map((name) => `catalog/${name}`)
      for (const name of names) await pushImage(storage.repository(name), 7, 'a')
      const listed: string[] = []
      for (let last = 'catalog/z', more = true; more && last.startsWith('catalog/'); ) {
        const page = await storage.catalog({ limit: 3, last })
        listed.push(...page.items.filter((name) => name.startsWith('catalog/')))
        more = page.more
        last = page.items.at(-1) ?? last
      }
      expect(listed).toEqual(names.toSorted())
      const [after = 'none'] = (await storage.catalog({ limit: 1, last: 'catalog/zz~' })).items
      expect(after).not.toMatch(/^catalog/)
    })

    test('a bad name is NAME_INVALID', () => {
      expect(() => current().storage.repository('Bad//Name')).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }))
    })
  })
}
