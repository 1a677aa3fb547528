import { expect, test } from '@jest/globals'
import { maxParts, partSizeFor } from './part-size.ts'

const mebibyte = 1024 * 1024
const gibibyte = 1024 * mebibyte

test.each([
  [undefined, 8],
  [0, 8],
  [8 * mebibyte * (maxParts - 2), 8],
  [8 * mebibyte * (maxParts - 2) + 1, 16],
  [150 * gibibyte, 16],
  [4000 * gibibyte, 512],
])('an object of %p bytes has parts of %d MiB, and no more of them than S3 takes', (size, expected) => {
  const partSize = partSizeFor(size)
  expect(partSize).toBe(expected * mebibyte)
  expect(Math.ceil((size ?? 0) / partSize)).toBeLessThanOrEqual(maxParts)
})
