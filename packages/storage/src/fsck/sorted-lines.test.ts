import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test } from '@jest/globals'
import { encodeClaim } from './claims.ts'
import { merge } from './merge.ts'
import { lineSorter } from './sorted-lines.ts'

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const lines = Array.from({ length: 3000 }, (_, n) => `key/${(n * 7919) % 3001}\t${n}`)

test.each([1, 2000, 10_000, 1_000_000])('all lines come back in order, with %i bytes of memory', async (maxBytes) => {
  const few = maxBytes === 1 ? lines.slice(0, 100) : lines
  await using sorter = lineSorter(maxBytes)
  await Promise.all(few.map((line) => sorter.add(line)))
  expect(sorter.count).toBe(few.length)
  expect(await collect(sorter.sorted())).toEqual(few.toSorted())
})

test('what goes through files leaves none, not even while it is in use', async () => {
  const ours = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('tsreg-fsck-lines-test'))
  await using sorter = lineSorter(100, 'tsreg-fsck-lines-test-')
  for (const line of lines.slice(0, 50)) await sorter.add(line)
  expect(await ours()).toEqual([])
  expect((await collect(sorter.sorted())).length).toBe(50)
})

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

test('a merge gives every key that is there or claimed once, and many claims to one key in groups', async () => {
  const claims = [
    ...Array.from({ length: 2500 }, (_, n) => ({ needed: 'b', kind: 'link' as const, by: `l/${n}`, size: 0 })),
    { needed: 'd', kind: 'pointer' as const, by: 'p', size: 7 },
    { needed: 'd.1', kind: 'trash' as const, by: 't', size: 0 },
  ]
  const sorted = claims.map(encodeClaim).toSorted()
  const keys = ['a', 'b', 'c', 'd.1', 'e'].map((key) => ({ key }))
  const merged = await collect(merge(each(sorted), each(keys)))
  expect(merged.map(({ found, claims }) => [found?.key, claims[0]?.needed, claims.length])).toEqual([
    ['a', undefined, 0],
    ['b', 'b', 1000],
    ['b', 'b', 1000],
    ['b', 'b', 500],
    ['c', undefined, 0],
    [undefined, 'd', 1],
    ['d.1', 'd.1', 1],
    ['e', undefined, 0],
  ])
  expect(merged[5]?.claims).toEqual([{ needed: 'd', kind: 'pointer', by: 'p', size: 7 }])
})
