import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { someLayers } from './client-flows.ts'
import { estimateCollection, markBytesFor, markCapacity, marksOf, measureCollection, passesFor } from './collection.ts'
import { fillStore } from './filled-store.ts'
import { withParts } from './page.ts'
import { keysOf, populationOf, shape } from './population.ts'
import { aws, priceOf } from './prices.ts'
import { addTallies, classOf, scaleTally, totalOf } from './tally.ts'

describe('keys', () => {
  test.each([
    [1, 1],
    [2, 5],
    [3, 7],
  ])('a store of %i repositories with %i images each has those of the layout', async (repositories, images) => {
    const population = { ...shape, repositories, imagesPerRepository: images }
    const contents = await (await fillStore(population)).contents()
    const { meta, ...found } = Object.fromEntries(Object.entries(contents).map(([prefix, { keys }]) => [prefix, keys]))
    expect(found).toEqual(keysOf(population))
    expect(meta).toBe(1)
  })

  test('a store of a thousand million blobs has about as many', () => {
    const { b, cat, m } = keysOf(populationOf(1e9, 1e6))
    expect(Math.abs(b / 1e9 - 1)).toBeLessThan(0.01)
    expect([cat, m]).toEqual([1e6, 332e6])
  })
})

describe('collection', () => {
  test('its work is in proportion to the keys, on stores of two sizes', async () => {
    const population = { ...shape, repositories: 2, imagesPerRepository: 10 }
    const twice = { ...population, repositories: 4 }
    const [one, two] = [await measureCollection(population), await measureCollection(twice)]
    for (const [prefix, expected] of Object.entries(keysOf(population))) {
      if (!['m', 't', 'b', 'l'].includes(prefix)) continue
      expect(one.unchanged[prefix]).toEqual({ listed: expected, read: 0, written: 0, deleted: 0 })
    }
    for (const prefix of ['m', 't', 'l']) {
      expect(two.unchanged[prefix]?.listed).toBe((one.unchanged[prefix]?.listed ?? 0) * 2)
    }
    expect([one.readsPerCell, two.readsPerCell]).toEqual([1, 1])
    expect(one.perGarbageLink).toEqual({ write: 1, list: 0, read: 1, delete: 1 })
  })

  test('it takes as many passes as the memory for marks makes it', async () => {
    const population = { ...shape, repositories: 3, imagesPerRepository: 30 }
    const { storage, watch } = await fillStore(population)
    const markBytes = 20_000
    const work = await watch(() => storage.collectGarbage({ graceMs: 0, markBytes }))
    const passes = passesFor(marksOf(population), markCapacity(markBytes))
    expect(passes).toBeGreaterThan(1)
    expect((work.m?.listed ?? 0) / keysOf(population).m).toBe(passes)
  })

  test('passes halve what is left until it fits', () => {
    expect([100, 101, 200, 201, 400].map((marks) => passesFor(marks, 100))).toEqual([1, 2, 2, 3, 5])
    expect(markCapacity(markBytesFor(1e9))).toBeGreaterThanOrEqual(1e9)
    // A table has at most 2^31 places.
    expect(markCapacity(markBytesFor(1e10))).toBeLessThan(1.6e9)
  })

  test('memory for one pass leaves one scan of each kind, and a second one of the manifests for what goes', async () => {
    const costs = await measureCollection({ ...shape, repositories: 1, imagesPerRepository: 5 })
    const population = populationOf(1e8, 1e5)
    const { b, l, m, t } = keysOf(population)
    const settings = { markBytes: markBytesFor(marksOf(population)), garbageShare: 0.0001 }
    const { passes, secondMarks, requests } = estimateCollection(population, costs, settings)
    expect([passes, secondMarks]).toEqual([1, 1])
    expect(requests.list / ((2 * m + t + b + l) / 1000)).toBeCloseTo(1, 1)
  })
})

describe('prices', () => {
  test('a million of each class costs what the list says', () => {
    expect(priceOf({ write: 1e6, list: 0, read: 0, delete: 0 }, aws)).toBeCloseTo(5)
    expect(priceOf({ write: 0, list: 1e6, read: 1e6, delete: 1e6 }, aws)).toBeCloseTo(5.4)
  })

  test('tallies add up, and every operation has a class', () => {
    const tally = { write: 1, list: 2, read: 3, delete: 4 }
    expect(totalOf(addTallies(tally, scaleTally(tally, 2)))).toBe(30)
    expect(['UploadPart', 'ListObjectsV2', 'HeadObject', 'AbortMultipartUpload'].map(classOf)).toEqual([
      'write',
      'list',
      'read',
      'delete',
    ])
    expect(() => classOf('SelectObjectContent')).toThrow('no class for SelectObjectContent')
  })
})

describe('docs/scale.md', () => {
  test('has a place for every table', () => {
    const page = readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8')
    const names = ['operations', 'rates', 'keys', 'listings', 'collection']
    const empty = withParts(page, new Map(names.map((name) => [name, ''])))
    expect(empty.length).toBeLessThan(page.length)
    expect(() => withParts(page, new Map([['another', '']]))).toThrow()
  })
})

test('layers of one seed are the same, of two are not', () => {
  expect(someLayers(1, 2, 50)).toEqual(someLayers(1, 2, 50))
  expect(someLayers(1, 1, 50)).not.toEqual(someLayers(2, 1, 50))
})
