import { expect, test } from '@jest/globals'
import type { Cell, ETag } from '../bucket.ts'
import { cellCache } from './cell-cache.ts'

const cell = (name: string, size = name.length): Cell => ({
  body: Buffer.alloc(size, name),
  etag: name as ETag,
  modifiedMs: 0,
})

test('while a write of a key is under way it is not cached, and a read does not bring it back', () => {
  const cache = cellCache({ maxBytes: 10_000, maxCellBytes: 1000 })
  cache.keep('k', cell('old'))
  cache.hold('k')
  expect(cache.get('k')).toBeUndefined()
  cache.keep('k', cell('old'))
  expect(cache.get('k')).toBeUndefined()
  cache.release('k', cell('new'))
  expect(cache.get('k')?.etag).toBe('new')
})

test('of several writes of a key only the end of the last one brings a value', () => {
  const cache = cellCache({ maxBytes: 10_000, maxCellBytes: 1000 })
  cache.hold('k')
  cache.hold('k')
  cache.release('k', cell('first'))
  expect(cache.get('k')).toBeUndefined()
  cache.release('k', cell('second'))
  expect(cache.get('k')?.etag).toBe('second')
  cache.hold('k')
  cache.release('k')
  expect(cache.get('k')).toBeUndefined()
})

test('the sum of the bodies stays within the limit, and what is used stays longer', () => {
  const cache = cellCache({ maxBytes: 10 * 1256, maxCellBytes: 1000 })
  cache.keep('used', cell('u', 1000))
  let kept = 0
  for (let i = 0; i < 100; i++) {
    cache.keep(`${i}`, cell('x', 1000))
    expect(cache.get('used')).toBeDefined()
  }
  for (let i = 0; i < 100; i++) kept += cache.get(`${i}`) === undefined ? 0 : 1
  expect(kept).toBeGreaterThan(5)
  expect(kept).toBeLessThan(10)
})

test('a cell over the limit for one is not kept, and replaces what was', () => {
  const cache = cellCache({ maxBytes: 10_000, maxCellBytes: 1000 })
  cache.keep('k', cell('small'))
  cache.hold('k')
  cache.release('k', cell('large', 1001))
  expect(cache.get('k')).toBeUndefined()
})
