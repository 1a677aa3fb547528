import { describe, expect, test } from '@jest/globals'
import { randomBytes, randomHex, seeded } from './random.ts'

describe('seeded', () => {
  test('the same seed gives the same numbers on every machine', () => {
    const random = seeded(42)
    expect([random.integer(0, 999), random.integer(0, 999), random.integer(0, 999)]).toEqual([672, 533, 632])
    expect(randomHex(seeded(7), 16)).toBe(randomHex(seeded(7), 16))
  })

  test('neighbouring seeds give other numbers', () => {
    const starts = new Set(Array.from({ length: 100 }, (_, seed) => randomHex(seeded(seed), 16)))
    expect(starts.size).toBe(100)
  })

  test('integers reach both bounds and stay within them', () => {
    const random = seeded(1)
    const seen = new Set(Array.from({ length: 500 }, () => random.integer(-1, 2)))
    expect([...seen].sort()).toEqual([-1, 0, 1, 2])
  })

  test('all byte values occur', () => {
    expect(new Set(randomBytes(seeded(3), 10_000)).size).toBe(256)
  })

  test('shuffle keeps the items and leaves the list as it was', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8]
    const shuffled = seeded(5).shuffle(items)
    expect(shuffled).not.toEqual(items)
    expect(shuffled.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('picking from nothing is a RangeError', () => {
    expect(() => seeded(1).pick([])).toThrow(RangeError)
  })
})
