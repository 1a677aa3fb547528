import { expect, test } from '@jest/globals'
import { smallerChunk } from './chunk-size.ts'

const mebi = 1024 * 1024

test.each([
  [20_000 * mebi, 0, 64 * mebi],
  [100 * mebi, 0, 50 * mebi],
  [64 * mebi, 0, 32 * mebi],
  [10_001, 0, 5001],
  [6000, 0, 4096],
  [4096, 0, undefined],
  [100, 0, undefined],
  [64 * mebi, 40 * mebi, 40 * mebi],
  [40 * mebi, 40 * mebi, undefined],
])('after %i bytes with a minimum of %i come %j', (refused, minimum, expected) => {
  expect(smallerChunk(refused, minimum)).toBe(expected)
})
