import { describe, expect, test } from '@jest/globals'
import { seededBytes, text } from '../../testing/bucket-fixtures.ts'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { type DirectoryBucket, type DirectoryBucketOptions, directoryBucket } from './directory.ts'
import { loadCells } from './load-cells.ts'

const newDirectory = temporaryDirectories()

async function using<T>(
  work: (bucket: DirectoryBucket) => Promise<T>,
  options: DirectoryBucketOptions = {},
): Promise<T> {
  const bucket = await directoryBucket(await newDirectory(), options)
  try {
    return await work(bucket)
  } finally {
    await bucket.close()
  }
}

describe('cells of a directory bucket', () => {
  test('writes that arrive together share a commit, and those that arrive meanwhile the next one', () =>
    using(async (bucket) => {
      const before = bucket.stats().commits
      const first = Array.from({ length: 100 }, (_, i) => bucket.put(`a/${i}`, text('x')))
      await new Promise((resolve) => setImmediate(resolve))
      const meanwhile = Array.from({ length: 100 }, (_, i) => bucket.put(`b/${i}`, text('x')))
      await Promise.all([...first, ...meanwhile])
      expect(bucket.stats()).toMatchObject({ commits: before + 2, writes: 200, cellBytesWritten: 200 })
    }))

  test('a cell that is read once is not remembered, one that is remembered is found', async () => {
    const directory = await newDirectory()
    await loadCells(directory, [{ key: 'a', body: text('loaded') }])
    const bucket = await directoryBucket(directory)
    const read = async () => Buffer.from((await bucket.readOnce?.('a'))?.body ?? []).toString()
    expect([await read(), await read(), await bucket.readOnce?.('b')]).toEqual(['loaded', 'loaded', undefined])
    expect(bucket.stats()).toMatchObject({ cacheHits: 0, cacheMisses: 3 })
    await bucket.read('a')
    await read()
    expect(bucket.stats()).toMatchObject({ cacheHits: 1, cacheMisses: 4 })
    await bucket.close()
  })

  test('a cell read again comes from memory, and so does one just written', () =>
    using(async (bucket) => {
      await bucket.put('a', text('written'))
      await bucket.read('a')
      expect(bucket.stats()).toMatchObject({ cacheHits: 1, cacheMisses: 0 })
      expect(Buffer.from(bucket.peek('a')?.body ?? []).toString()).toBe('written')
      expect(bucket.stats()).toMatchObject({ cacheHits: 2, cacheMisses: 0 })
    }))

  test('memory always equals the database while 50 writers and readers work on few keys', () =>
    using(async (bucket) => {
      const versions = new Map<string, number>()
      await Promise.all(
        Array.from({ length: 50 }, async (_, worker) => {
          for (let i = 0; i < 40; i++) {
            const key = `k/${(worker + i) % 5}`
            const known = versions.get(key) ?? 0
            const cell = bucket.peek(key)
            // An acknowledged version is never followed by an older one.
            expect(Number(Buffer.from(cell?.body ?? text('0')).toString())).toBeGreaterThanOrEqual(known)
            const next = Number(Buffer.from(cell?.body ?? text('0')).toString()) + 1
            const condition = cell === undefined ? { ifAbsent: true } : { ifMatch: cell.etag }
            const outcome = await bucket.put(key, text(`${next}`), condition)
            if (outcome.ok) versions.set(key, Math.max(next, versions.get(key) ?? 0))
          }
        }),
      )
      for (const [key, version] of versions) {
        expect(Buffer.from(bucket.peek(key)?.body ?? []).toString()).toBe(`${version}`)
      }
    }))

  test('peek refuses an object that lies in a data file', () =>
    using(async (bucket) => {
      async function* content(): AsyncGenerator<Uint8Array> {
        yield seededBytes(200_000, 1)
      }
      await bucket.write('large', content())
      expect(() => bucket.peek('large')).toThrow(expect.objectContaining({ code: 'SIZE_INVALID' }))
      expect(seededBytes(200_000, 1).equals((await bucket.read('large'))?.body ?? text(''))).toBe(true)
    }))

  test('what was written is there after closing and opening again, with its ETags', async () => {
    const directory = await newDirectory()
    const first = await directoryBucket(directory)
    await first.batch(Array.from({ length: 100 }, (_, i) => ({ key: `k/${i}`, body: text(`${i}`) })))
    const before = await first.list({ prefix: '' })
    await first.close()
    const second = await directoryBucket(directory)
    expect(await second.list({ prefix: '' })).toEqual(before)
    expect(Buffer.from(second.peek('k/42')?.body ?? []).toString()).toBe('42')
    await second.close()
  })

  test('after close every operation is UNAVAILABLE, and closing again is fine', async () => {
    const bucket = await directoryBucket(await newDirectory())
    await bucket.close()
    await bucket.close()
    for (const attempt of [bucket.put('a', text('x')), bucket.read('a'), bucket.list({ prefix: '' }), bucket.ping()]) {
      await expect(attempt).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    }
  })

  test('writes under way are finished by close', async () => {
    const directory = await newDirectory()
    const bucket = await directoryBucket(directory)
    const writes = Array.from({ length: 3000 }, (_, i) => bucket.put(`k/${i}`, text('x')))
    await bucket.close()
    expect((await Promise.all(writes)).every(({ ok }) => ok)).toBe(true)
    const again = await directoryBucket(directory)
    expect(await again.list({ prefix: 'k/' })).toHaveLength(1000)
    await again.close()
  })

  test('a full database refuses writes with STORAGE_FULL, keeps serving, and recovers when there is room', () =>
    using(
      async (bucket) => {
        await bucket.put('kept', text('kept'))
        const keys = Array.from({ length: 40 }, (_, i) => `fill/${i}`)
        const outcomes = await Promise.allSettled(keys.map((key) => bucket.put(key, seededBytes(50_000, 1))))
        const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
        expect(new Set(refused)).toEqual(new Set(['STORAGE_FULL']))
        expect(refused.length).toBeLessThan(40)
        expect(Buffer.from(bucket.peek('kept')?.body ?? []).toString()).toBe('kept')
        for (const [i, key] of keys.entries()) {
          expect(bucket.peek(key) !== undefined).toBe(outcomes[i]?.status === 'fulfilled')
        }
        await bucket.batch(keys.map((key) => ({ key })))
        expect(await bucket.put('again', seededBytes(50_000, 2))).toMatchObject({ ok: true })
        await bucket.ping()
      },
      { maxPages: 200 },
    ))
})

describe('lists of a directory bucket', () => {
  test('a page reads as many rows as it has, first, middle and last, also among deleted neighbours', async () => {
    const directory = await newDirectory()
    const name = (i: number): string => `t/repo/${`${i}`.padStart(6, '0')}`
    function* cells(): Generator<{ key: string; body: Uint8Array }> {
      for (let i = 0; i < 20_000; i++) yield { key: name(i), body: text('cell') }
      yield { key: 't/repo0', body: text('neighbour') }
    }
    expect(await loadCells(directory, cells())).toBe(20_001)
    const bucket = await directoryBucket(directory)
    for (let from = 0; from < 20_000; from += 1000) {
      const deleted = Array.from({ length: 1000 }, (_, i) => from + i).filter((i) => i % 10 !== 0)
      await bucket.batch(deleted.map((i) => ({ key: name(i) })))
    }
    for (const startAfter of ['t/repo/', name(10_000), name(18_995)]) {
      const before = bucket.stats().rowsListed
      const page = await bucket.list({ prefix: 't/repo/', startAfter, limit: 100 })
      expect(page).toHaveLength(100)
      expect(bucket.stats().rowsListed - before).toBe(100)
    }
    const last = await bucket.list({ prefix: 't/repo/', startAfter: name(19_800), limit: 100 })
    expect(last.map(({ key }) => key)).toEqual(Array.from({ length: 19 }, (_, i) => name(19_810 + 10 * i)))
    await bucket.close()
  })

  test('loaded cells are cells like any other', async () => {
    const directory = await newDirectory()
    await loadCells(directory, [{ key: 'a', body: text('loaded') }])
    await loadCells(directory, [{ key: 'b', body: text('later') }])
    const bucket = await directoryBucket(directory)
    const cell = bucket.peek('a')
    expect(Buffer.from(cell?.body ?? []).toString()).toBe('loaded')
    if (cell !== undefined) expect((await bucket.put('a', text('changed'), { ifMatch: cell.etag })).ok).toBe(true)
    await expect(loadCells(directory, [])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await bucket.close()
  })
})
