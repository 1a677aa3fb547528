/**
 * Contract: pages of keys in byte order.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import type { ListOptions } from '../bucket/index.ts'
import { type BucketTraits, type CurrentBucket, etagOf, pieces, seededBytes, text } from './bucket-fixtures.ts'

/** In UTF-8 order; in UTF-16 order U+1F600 would come before U+FF5E. */
const namesInByteOrder = [
  '!',
  '-',
  '.',
  '/x',
  '0',
  'A',
  'a',
  'a!',
  'a/',
  'a/b',
  'aa',
  'z',
  'é',
  '日本',
  '\u{ff5e}',
  '\u{1f600}',
]

export function describeLists(bucket: CurrentBucket, { keysArePaths = false }: BucketTraits): void {
  const isPath = (name: string) => name.split('/').every((element) => element !== '' && element !== '.')
  const inByteOrder = namesInByteOrder.filter((name) => !keysArePaths || isPath(name))
  const keys = async (options: ListOptions): Promise<string[]> =>
    (await bucket().list(options)).map(({ key }) => key.slice(options.prefix.length))

  describe('lists', () => {
    test('keys come in the order of their UTF-8 bytes', async () => {
      await Promise.all(inByteOrder.toReversed().map((name) => bucket().put(`order/${name}`, text('x'))))
      expect(await keys({ prefix: 'order/' })).toEqual(inByteOrder)
    })

    test('a page starts strictly after startAfter, which need not exist', async () => {
      await Promise.all(['b', 'd', 'f'].map((name) => bucket().put(`after/${name}`, text('x'))))
      expect(await keys({ prefix: 'after/', startAfter: 'after/b' })).toEqual(['d', 'f'])
      expect(await keys({ prefix: 'after/', startAfter: 'after/c' })).toEqual(['d', 'f'])
      expect(await keys({ prefix: 'after/', startAfter: 'after/f' })).toEqual([])
      expect(await keys({ prefix: 'after/', startAfter: 'a' })).toEqual(['b', 'd', 'f'])
      expect(await keys({ prefix: 'after/', startAfter: 'z' })).toEqual([])
    })

    test('pages of every length put together are the whole', async () => {
      await Promise.all(inByteOrder.map((name) => bucket().put(`pages/${name}`, text('x'))))
      for (const limit of [1, 2, 5, 100]) {
        const seen: string[] = []
        for (let page = await bucket().list({ prefix: 'pages/', limit }); page.length > 0; ) {
          expect(page.length).toBeLessThanOrEqual(limit)
          seen.push(...page.map(({ key }) => key.slice('pages/'.length)))
          page = await bucket().list({ prefix: 'pages/', limit, startAfter: page.at(-1)?.key ?? '' })
        }
        expect(seen).toEqual(inByteOrder)
      }
    })

    test('a page has 1000 entries unless it is told less, and never more', async () => {
      const names = Array.from({ length: 1005 }, (_, i) => `full/${`${i}`.padStart(5, '0')}`)
      await bucket().batch(names.map((key) => ({ key, body: text('x') })))
      expect(await keys({ prefix: 'full/' })).toHaveLength(1000)
      expect(await keys({ prefix: 'full/', limit: 5000 })).toHaveLength(1000)
      expect(await keys({ prefix: 'full/', limit: 0 })).toEqual([])
      expect(await keys({ prefix: 'full/', startAfter: names[999] ?? '' })).toEqual(
        names.slice(1000).map((n) => n.slice(5)),
      )
    })

    test('the prefix is literal: neighbours, wildcards and letter case do not match', async () => {
      for (const key of ['lit/a%b', 'lit/a_b', 'lit/axb', 'lit/A%b', 'lit0', 'lit.']) await bucket().put(key, text('x'))
      expect(await keys({ prefix: 'lit/a%' })).toEqual(['b'])
      expect(await keys({ prefix: 'lit/' })).toEqual(['A%b', 'a%b', 'a_b', 'axb'])
      expect(await keys({ prefix: 'lit/none' })).toEqual([])
    })

    test('a key that equals the prefix belongs to the page', async () => {
      await bucket().batch([
        { key: 'self', body: text('x') },
        { key: 'self/a', body: text('x') },
      ])
      expect(await keys({ prefix: 'self' })).toEqual(['', '/a'])
    })

    test('entries tell size, ETag and time, of cells and of streamed objects', async () => {
      const small = etagOf(await bucket().put('entry/a', text('12345')))
      const large = etagOf(await bucket().write('entry/b', pieces(seededBytes(300_000, 2), 50_000)))
      const entries = await bucket().list({ prefix: 'entry/' })
      expect(entries.map(({ key, size, etag }) => ({ key, size, etag }))).toEqual([
        { key: 'entry/a', size: 5, etag: small },
        { key: 'entry/b', size: 300_000, etag: large },
      ])
      expect(entries.map(({ modifiedMs }) => modifiedMs)).toEqual([
        (await bucket().stat('entry/a'))?.modifiedMs,
        (await bucket().stat('entry/b'))?.modifiedMs,
      ])
    })

    test('what was deleted is not listed, what was written is listed at once', async () => {
      await bucket().batch(['a', 'b', 'c'].map((name) => ({ key: `live/${name}`, body: text('x') })))
      await bucket().delete('live/b')
      await bucket().put('live/bb', text('x'))
      expect(await keys({ prefix: 'live/' })).toEqual(['a', 'bb', 'c'])
    })
  })
}
