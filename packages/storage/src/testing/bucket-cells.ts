/**
 * Contract: small objects, their conditions and their races.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import { isOciError } from '@tsreg/oci'
import type { ETag } from '../bucket/index.ts'
import { type BucketTraits, type CurrentBucket, etagOf, readText, seededBytes, text } from './bucket-fixtures.ts'

export function describeCells(
  bucket: CurrentBucket,
  { etagsOfBytes = false, unclearRaces = false }: BucketTraits,
): void {
  describe('cells', () => {
    test('a cell is read back with the ETag of its write and a plausible time', async () => {
      const before = Date.now()
      const etag = etagOf(await bucket().put('cell/one', text('one')))
      const cell = await bucket().read('cell/one')
      expect(Buffer.from(cell?.body ?? []).toString()).toBe('one')
      expect(cell?.etag).toBe(etag)
      expect(Math.abs((cell?.modifiedMs ?? 0) - before)).toBeLessThan(120_000)
    })

    test('an absent cell is undefined, and so is its stat', async () => {
      expect(await bucket().read('cell/none')).toBeUndefined()
      expect(await bucket().stat('cell/none')).toBeUndefined()
    })

    test('an empty body is an object and not an absence', async () => {
      await bucket().put('cell/empty', text(''))
      expect((await bucket().read('cell/empty'))?.body.byteLength).toBe(0)
      expect((await bucket().stat('cell/empty'))?.size).toBe(0)
    })

    test('the body is taken at the write: changing the buffer afterwards changes nothing', async () => {
      const body = text('before')
      await bucket().put('cell/taken', body)
      body.write('AFTER!')
      expect(await readText(bucket(), 'cell/taken')).toBe('before')
    })

    test('a body of several MiB is kept, one over 8 MiB is refused with SIZE_INVALID', async () => {
      const large = seededBytes(5 * 1024 * 1024 + 3, 1)
      await bucket().put('cell/large', large)
      expect(large.equals((await bucket().read('cell/large'))?.body ?? text(''))).toBe(true)
      const tooLarge = Buffer.alloc(8 * 1024 * 1024 + 1)
      await expect(bucket().put('cell/too-large', tooLarge)).rejects.toMatchObject({ code: 'SIZE_INVALID' })
      expect(await bucket().stat('cell/too-large')).toBeUndefined()
    })

    test('ifAbsent creates once and then refuses, leaving the cell as it was', async () => {
      expect((await bucket().put('cell/absent', text('first'), { ifAbsent: true })).ok).toBe(true)
      expect(await bucket().put('cell/absent', text('second'), { ifAbsent: true })).toEqual({ ok: false })
      expect(await readText(bucket(), 'cell/absent')).toBe('first')
    })

    test('ifMatch replaces the version it names and no other', async () => {
      const first = etagOf(await bucket().put('cell/match', text('1')))
      const second = etagOf(await bucket().put('cell/match', text('2'), { ifMatch: first }))
      expect(second).not.toBe(first)
      expect(await bucket().put('cell/match', text('3'), { ifMatch: first })).toEqual({ ok: false })
      expect(await readText(bucket(), 'cell/match')).toBe('2')
    })

    test('ifMatch on an absent cell does not hold', async () => {
      expect(await bucket().put('cell/never', text('x'), { ifMatch: 'none' as ETag })).toEqual({ ok: false })
      expect(await bucket().read('cell/never')).toBeUndefined()
    })

    test('two conditions at once and a bad key are TypeErrors', async () => {
      const both = { ifAbsent: true, ifMatch: 'x' as ETag }
      await expect(bucket().put('cell/both', text('x'), both)).rejects.toBeInstanceOf(TypeError)
      for (const key of ['', 'nul\0', 'lone\ud800', 'x'.repeat(1025)]) {
        await expect(bucket().put(key, text('x'))).rejects.toBeInstanceOf(TypeError)
      }
    })

    test('of 20 racers with ifAbsent exactly one wins, and the cell is the winner', async () => {
      const racers = Array.from({ length: 20 }, (_, i) => bucket().put('race/absent', text(`${i}`), { ifAbsent: true }))
      const winners = (await Promise.all(racers)).flatMap(({ ok }, i) => (ok ? [`${i}`] : []))
      expect(winners).toEqual([await readText(bucket(), 'race/absent')])
    })

    test('of 20 racers with ifMatch exactly one wins, and the cell is the winner', async () => {
      const ifMatch = etagOf(await bucket().put('race/match', text('start')))
      const racers = Array.from({ length: 20 }, (_, i) => bucket().put('race/match', text(`${i}`), { ifMatch }))
      const winners = (await Promise.all(racers)).flatMap(({ ok }, i) => (ok ? [`${i}`] : []))
      expect(winners).toEqual([await readText(bucket(), 'race/match')])
    })

    test('20 writers that retry their compare-and-swap lose nothing of one another', async () => {
      await bucket().put('race/list', text(''))
      const join = async (name: string): Promise<void> => {
        for (;;) {
          const cell = await bucket().read('race/list')
          const list = Buffer.from(cell?.body ?? []).toString()
          if (list.split(' ').includes(name)) return
          const body = text(`${list} ${name}`)
          try {
            if ((await bucket().put('race/list', body, { ifMatch: cell?.etag ?? ('' as ETag) })).ok) return
          } catch (error) {
            if (!unclearRaces || !isOciError(error, 'UNAVAILABLE')) throw error
          }
        }
      }
      const names = Array.from({ length: 20 }, (_, i) => `${i}`)
      await Promise.all(names.map(join))
      const list = (await readText(bucket(), 'race/list'))?.trim().split(' ') ?? []
      expect(list.toSorted()).toEqual(names.toSorted())
    })

    test('an acknowledged write is what the next read sees, through many writes of one key', async () => {
      for (let i = 0; i < 50; i++) {
        const etag = etagOf(await bucket().put('cell/again', text(`${i}`)))
        expect(await bucket().read('cell/again')).toMatchObject({ etag, body: text(`${i}`) })
      }
    })

    const [bytes, body] = etagsOfBytes ? ['other', (i: number) => text(`${i}`)] : ['the same', () => text('same')]
    test(`no ETag comes back when ${bytes} bytes are written to a deleted key`, async () => {
      const seen = new Set<string>()
      for (let i = 0; i < 10; i++) {
        seen.add(etagOf(await bucket().put('cell/reborn', body(i))))
        expect((await bucket().delete('cell/reborn')).ok).toBe(true)
      }
      expect(seen.size).toBe(10)
    })

    test('delete removes, and is also fine with an absent key', async () => {
      await bucket().put('cell/gone', text('x'))
      expect((await bucket().delete('cell/gone')).ok).toBe(true)
      expect(await bucket().read('cell/gone')).toBeUndefined()
      expect((await bucket().delete('cell/gone')).ok).toBe(true)
    })

    test('a conditional delete removes only the version it names, where the bucket has it', async () => {
      const old = etagOf(await bucket().put('cell/conditional', text('old')))
      const current = etagOf(await bucket().put('cell/conditional', text('new')))
      if (!bucket().capabilities.conditionalDelete) {
        await expect(bucket().delete('cell/conditional', { ifMatch: old })).rejects.toMatchObject({
          code: 'UNSUPPORTED',
        })
        return
      }
      expect((await bucket().delete('cell/conditional', { ifMatch: old })).ok).toBe(false)
      expect(await readText(bucket(), 'cell/conditional')).toBe('new')
      expect((await bucket().delete('cell/conditional', { ifMatch: current })).ok).toBe(true)
      expect((await bucket().delete('cell/conditional', { ifMatch: current })).ok).toBe(false)
    })

    test('a batch answers in order, and a failed condition undoes none of the others', async () => {
      const ifMatch = etagOf(await bucket().put('batch/b', text('b1')))
      await bucket().put('batch/d', text('d1'))
      const outcomes = await bucket().batch([
        { key: 'batch/a', body: text('a1'), ifAbsent: true },
        { key: 'batch/b', body: text('b2'), ifMatch },
        { key: 'batch/b', body: text('b3'), ifMatch },
        { key: 'batch/c', body: text('c1'), ifMatch: 'none' as ETag },
        { key: 'batch/d' },
      ])
      expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, false, false, true])
      const bodies = await Promise.all(['a', 'b', 'c', 'd'].map((name) => readText(bucket(), `batch/${name}`)))
      expect(bodies).toEqual(['a1', 'b2', undefined, undefined])
    })

    test('an empty batch has no outcomes', async () => {
      expect(await bucket().batch([])).toEqual([])
    })

    test('500 concurrent writers of different keys are all kept', async () => {
      const writes = Array.from({ length: 500 }, (_, i) => bucket().put(`many/${i}`, text(`${i}`), { ifAbsent: true }))
      expect((await Promise.all(writes)).every(({ ok }) => ok)).toBe(true)
      const bodies = await Promise.all(Array.from({ length: 500 }, (_, i) => readText(bucket(), `many/${i}`)))
      expect(bodies).toEqual(Array.from({ length: 500 }, (_, i) => `${i}`))
    })

    test('ping answers', async () => {
      await expect(bucket().ping()).resolves.toBeUndefined()
    })
  })
}
