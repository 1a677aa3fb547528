import { expect, test } from '@jest/globals'
import { retryAfterMs } from './retry-after.ts'

const now = Date.parse('2026-11-23T10:00:00Z')

test.each([
  ['0', 0],
  ['1', 1000],
  [' 30 ', 30_000],
  ['1.5', 1500],
  ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
  ['Monday, 23-Nov-26 10:00:30 GMT', 30_000],
  ['Mon Nov 23 10:00:30 2026 GMT', 30_000],
  ['2026-11-23T10:00:30Z', 30_000],
  ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
  ['', undefined],
  ['-1', undefined],
  ['soon', undefined],
  ['1e9', undefined],
  ['99999999999', undefined],
  ['Mon, 99 Nov 2026', undefined],
])('%j is %j', (text, expected) => {
  expect(retryAfterMs({ headers: { 'retry-after': text } }, now)).toBe(expected)
})

test('an absent header is undefined', () => {
  expect(retryAfterMs({ headers: {} }, now)).toBeUndefined()
})
