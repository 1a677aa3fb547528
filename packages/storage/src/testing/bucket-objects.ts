/**
 * Contract: streamed objects, ranges and metadata.
 * @module
 */
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import type { ETag } from '../bucket/index.ts'
import { type BucketTraits, type CurrentBucket, etagOf, pieces, readAll, seededBytes, text } from './bucket-fixtures.ts'

const mebibyte = 1024 * 1024
/** Around every border a driver might have: inline or not, a checksum block, a buffer, a part. */
const sizes = [0, 1, 16_384, 65_535, 65_536, 65_537, 131_072, 131_073, mebibyte, mebibyte + 1, 3 * mebibyte + 12_345]

export function describeObjects(bucket: CurrentBucket, { etagsOfBytes = false }: BucketTraits): void {
  describe('objects', () => {
    test.each(sizes)('an object of %d bytes is read back, whole and by stat', async (size) => {
      const content = seededBytes(size, size)
      const etag = etagOf(await bucket().write(`size/${size}`, pieces(content, 50_000), { size }))
      expect(content.equals(await readAll(bucket(), `size/${size}`))).toBe(true)
      expect(await bucket().stat(`size/${size}`)).toMatchObject({ size, etag, metadata: {} })
    })

    test('the sizes of the chunks do not matter', async () => {
      const content = seededBytes(2 * mebibyte + 7, 3)
      for (const pieceSize of [997, 65_536, mebibyte, 5 * mebibyte]) {
        await bucket().write('chunks', pieces(content, pieceSize))
        expect(content.equals(await readAll(bucket(), 'chunks'))).toBe(true)
      }
    })

    test('every range is exact, at the borders of blocks and of the object', async () => {
      const content = seededBytes(400_001, 4)
      await bucket().write('range/large', pieces(content, 70_000))
      await bucket().put('range/small', content.subarray(0, 100_000))
      for (const [key, size] of [
        ['range/large', 400_001],
        ['range/small', 100_000],
      ] as const) {
        const starts = [0, 1, 65_535, 65_536, 65_537, size - 1]
        for (const start of starts) {
          for (const end of [...starts, 70_000].filter((end) => end >= start)) {
            const found = await buffer(await bucket().get(key, { range: { start, end } }))
            expect(content.subarray(start, end + 1).equals(found)).toBe(true)
          }
        }
      }
    })

    test('a range outside the object is RANGE_INVALID', async () => {
      await bucket().put('range/outside', text('12345'))
      for (const range of [
        { start: 0, end: 5 },
        { start: 5, end: 5 },
        { start: 3, end: 2 },
        { start: -1, end: 2 },
      ]) {
        await expect(bucket().get('range/outside', { range })).rejects.toMatchObject({ code: 'RANGE_INVALID' })
      }
    })

    test('an absent object is BLOB_UNKNOWN', async () => {
      await expect(bucket().get('object/none')).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' })
    })

    test('content that fails in the middle leaves nothing and keeps its own error', async () => {
      const error = new Error('the client went away')
      for (const after of [0, 100_000, 2 * mebibyte]) {
        const content = pieces(seededBytes(3 * mebibyte, 5), 100_000, { after, error })
        await expect(bucket().write('failed/a', content)).rejects.toBe(error)
      }
      expect(await bucket().stat('failed/a')).toBeUndefined()
      expect(await bucket().list({ prefix: 'failed/' })).toEqual([])
    })

    test('content that fails leaves the earlier object as it was', async () => {
      const etag = etagOf(await bucket().write('failed-over', pieces(seededBytes(200_000, 6), 50_000)))
      const error = new Error('cut')
      const content = pieces(seededBytes(300_000, 7), 50_000, { after: 200_000, error })
      await expect(bucket().write('failed-over', content)).rejects.toBe(error)
      expect(await bucket().stat('failed-over')).toMatchObject({ etag, size: 200_000 })
      expect(seededBytes(200_000, 6).equals(await readAll(bucket(), 'failed-over'))).toBe(true)
    })

    test.each([
      ['longer', 10, 9],
      ['shorter', 10, 11],
      ['longer and large', 500_000, 400_000],
      ['shorter and large', 500_000, 500_001],
    ])('content %s than announced is SIZE_INVALID and leaves nothing', async (_, actual, size) => {
      const content = pieces(seededBytes(actual, 8), 60_000)
      await expect(bucket().write('wrong-size', content, { size })).rejects.toMatchObject({ code: 'SIZE_INVALID' })
      expect(await bucket().stat('wrong-size')).toBeUndefined()
    })

    test('metadata is kept, and replaced with the object', async () => {
      const metadata = { digest: 'sha256:abc', 'two-words': 'with spaces' }
      for (const size of [10, 300_000]) {
        await bucket().write('meta/a', pieces(seededBytes(size, 9), 50_000), { metadata })
        expect((await bucket().stat('meta/a'))?.metadata).toEqual(metadata)
        await bucket().put('meta/a', text('plain'))
        expect((await bucket().stat('meta/a'))?.metadata).toEqual({})
      }
      await expect(bucket().write('meta/b', pieces(text('x'), 1), { metadata: { Upper: 'x' } })).rejects.toBeInstanceOf(
        TypeError,
      )
    })

    test('conditions hold for streamed writes too', async () => {
      let writes = 10
      const content = (): AsyncIterable<Uint8Array> =>
        pieces(seededBytes(300_000, etagsOfBytes ? writes++ : writes), 50_000)
      const first = etagOf(await bucket().write('stream-condition', content(), { ifAbsent: true }))
      expect(await bucket().write('stream-condition', content(), { ifAbsent: true })).toEqual({ ok: false })
      const second = etagOf(await bucket().write('stream-condition', content(), { ifMatch: first }))
      expect(await bucket().write('stream-condition', content(), { ifMatch: first })).toEqual({ ok: false })
      expect(await bucket().write('stream-none', content(), { ifMatch: 'none' as ETag })).toEqual({ ok: false })
      expect((await bucket().stat('stream-condition'))?.etag).toBe(second)
    })

    test('of 10 streamed writers with ifAbsent exactly one wins, with its own bytes', async () => {
      const contents = Array.from({ length: 10 }, (_, i) => seededBytes(200_000 + i, i))
      const outcomes = await Promise.all(
        contents.map((content) => bucket().write('stream-race', pieces(content, 64_000), { ifAbsent: true })),
      )
      const winners = contents.filter((_, i) => outcomes[i]?.ok === true)
      expect(winners).toHaveLength(1)
      expect(winners[0]?.equals(await readAll(bucket(), 'stream-race'))).toBe(true)
    })

    test('an object being written is invisible until it is whole', async () => {
      const seen: unknown[] = []
      async function* content(): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < 4; i++) {
          yield seededBytes(400_000, i)
          seen.push(await bucket().stat('unseen/a'), (await bucket().list({ prefix: 'unseen/' })).length)
        }
      }
      await bucket().write('unseen/a', content())
      expect(seen).toEqual([undefined, 0, undefined, 0, undefined, 0, undefined, 0])
      expect((await bucket().stat('unseen/a'))?.size).toBe(1_600_000)
    })

    test('a reader that started before a delete or an overwrite reads the version it opened', async () => {
      const content = seededBytes(2 * mebibyte, 11)
      await bucket().write('opened/a', pieces(content, 100_000))
      const [one, two] = await Promise.all([bucket().get('opened/a'), bucket().get('opened/a')])
      await bucket().write('opened/a', pieces(seededBytes(2 * mebibyte, 12), 100_000))
      expect(content.equals(await buffer(one))).toBe(true)
      await bucket().delete('opened/a')
      expect(content.equals(await buffer(two))).toBe(true)
    })

    test('20 readers and 5 writers at once do not disturb each other', async () => {
      const content = seededBytes(3 * mebibyte + 1, 13)
      await bucket().write('crowd/read', pieces(content, 100_000))
      const readers = Array.from({ length: 20 }, () => readAll(bucket(), 'crowd/read'))
      const writers = Array.from({ length: 5 }, (_, i) =>
        bucket().write(`crowd/${i}`, pieces(seededBytes(mebibyte, i), 30_000)),
      )
      for (const found of await Promise.all(readers)) expect(content.equals(found)).toBe(true)
      expect((await Promise.all(writers)).every(({ ok }) => ok)).toBe(true)
      for (let i = 0; i < 5; i++)
        expect(seededBytes(mebibyte, i).equals(await readAll(bucket(), `crowd/${i}`))).toBe(true)
    })

    test('a reader destroyed in the middle leaves the object readable', async () => {
      const content = seededBytes(3 * mebibyte, 14)
      await bucket().write('destroyed', pieces(content, 100_000))
      for await (const chunk of await bucket().get('destroyed')) {
        expect((chunk as Buffer).byteLength).toBeGreaterThan(0)
        break
      }
      expect(content.equals(await readAll(bucket(), 'destroyed'))).toBe(true)
    })
  })
}
