import { expect, test } from '@jest/globals'
import { type HotObjects, hotObjects } from './hot-objects.ts'
import { pageBytes, pagePool } from './page-pool.ts'

function filled(hot: HotObjects, file: string, size: number): boolean {
  const fill = hot.fill(file, size)
  if (fill === undefined) return false
  for (const page of fill.pages) page.fill(file)
  fill.publish()
  fill.close(true)
  return true
}

const small = () => hotObjects({ maxBytes: 4 * pageBytes, maxObjectBytes: 3 * pageBytes, now: () => 0 })

test('an object is kept from its second read on', () => {
  const hot = small()
  expect(filled(hot, 'a', 100)).toBe(false)
  expect(hot.open('a')).toBeUndefined()
  expect(filled(hot, 'a', 100)).toBe(true)
  const object = hot.open('a')
  expect(object?.pages.map(({ byteLength }) => byteLength)).toEqual([100])
  object?.close(true)
})

test('a second read long after the first one does not count', () => {
  let time = 0
  const hot = hotObjects({ maxBytes: 4 * pageBytes, maxObjectBytes: pageBytes, now: () => time })
  filled(hot, 'a', 100)
  time = 11 * 60_000
  expect(filled(hot, 'a', 100)).toBe(false)
  expect(filled(hot, 'a', 100)).toBe(true)
})

test('an object over the limit for one is not kept', () => {
  const hot = small()
  for (let i = 0; i < 3; i++) expect(filled(hot, 'a', 3 * pageBytes + 1)).toBe(false)
})

test('an unfinished fill is invisible, and gone when it is closed', () => {
  const hot = small()
  hot.fill('a', pageBytes)
  const fill = hot.fill('a', pageBytes)
  expect(hot.open('a')).toBeUndefined()
  expect(hot.fill('a', pageBytes)).toBeUndefined()
  fill?.close(false)
  expect(hot.open('a')).toBeUndefined()
  expect(hot.usedBytes).toBe(0)
})

test('the limit holds: the object not used for longest makes room, one in use never does', () => {
  const hot = small()
  for (const file of ['a', 'b']) {
    hot.fill(file, 2 * pageBytes)
    filled(hot, file, 2 * pageBytes)
  }
  const used = hot.open('a')
  hot.fill('c', 2 * pageBytes)
  expect(filled(hot, 'c', 2 * pageBytes)).toBe(true)
  expect(hot.open('b')).toBeUndefined()
  expect(hot.usedBytes).toBe(4 * pageBytes)
  const alsoUsed = hot.open('c')
  hot.fill('d', pageBytes)
  expect(filled(hot, 'd', pageBytes)).toBe(false)
  used?.close(true)
  alsoUsed?.close(true)
  expect(filled(hot, 'd', pageBytes)).toBe(true)
  expect(hot.usedBytes).toBeLessThanOrEqual(4 * pageBytes)
})

test('pages are recycled, but not those that somebody may still look at', () => {
  for (const clean of [true, false]) {
    const hot = hotObjects({ maxBytes: pageBytes, maxObjectBytes: pageBytes, now: () => 0, pages: pagePool() })
    hot.fill('a', pageBytes)
    filled(hot, 'a', pageBytes)
    const object = hot.open('a')
    object?.close(clean)
    hot.fill('b', pageBytes)
    const fill = hot.fill('b', pageBytes)
    expect(fill?.pages[0] === object?.pages[0]).toBe(clean)
  }
})

test('a deleted object is forgotten at once, its memory when the last reader closes', () => {
  const hot = small()
  hot.fill('a', pageBytes)
  filled(hot, 'a', pageBytes)
  const object = hot.open('a')
  hot.remove('a')
  expect(hot.open('a')).toBeUndefined()
  expect(hot.usedBytes).toBe(pageBytes)
  object?.close(true)
  expect(hot.usedBytes).toBe(0)
})
