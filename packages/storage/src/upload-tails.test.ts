import { expect, test } from '@jest/globals'
import type { Tail } from './upload-session.ts'
import { countAbsorbed } from './upload-tails.ts'

/** Appends `count` tails of one size as an upload does; the tails at the end, and how many bytes were written. */
function append(count: number, size: number): { tails: Tail[]; written: number } {
  let tails: Tail[] = []
  let written = 0
  for (let n = 0; n < count; n++) {
    const absorbed = countAbsorbed(tails, size)
    const merged = tails.slice(tails.length - absorbed).reduce((sum, [, bytes]) => sum + bytes, size)
    tails = [...tails.slice(0, tails.length - absorbed), [`${n}`, merged]]
    written += merged
  }
  return { tails, written }
}

test.each([
  [4096, 1024],
  [2000, 1500],
  [100, 65_536],
  [10_000, 1100],
])('%i tails of %i bytes: few remain, and each byte is written once per size class', (count, size) => {
  const { tails, written } = append(count, size)
  const total = count * size
  const classes = Math.ceil(Math.log(total / 1024) / Math.log(16)) + 1
  expect(tails.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(total)
  expect(tails.length).toBeLessThanOrEqual(15 * classes)
  expect(written).toBeLessThanOrEqual(total * classes)
})

test('a tail absorbs those of its own class and below when there are 15, and none before', () => {
  const small: Tail[] = Array.from({ length: 14 }, (_, n) => [`${n}`, 1024])
  expect(countAbsorbed(small, 1024)).toBe(0)
  expect(countAbsorbed([...small, ['last', 1024]], 1024)).toBe(15)
  expect(countAbsorbed([['big', 100_000], ...small], 1024)).toBe(0)
})
