import { expect, test } from '@jest/globals'
import { delayBefore } from './backoff.ts'

const delays = (failure: 'throttled' | 'unknown', count: number) =>
  Array.from({ length: count }, (_, index) => delayBefore({ made: index + 1, elapsedMs: 0, failure, random: 1 }))

test('what may have happened is tried again at once, then with growing pauses, six times in all', () => {
  expect(delays('unknown', 6)).toEqual([0, 100, 200, 400, 800, undefined])
})

test('throttling is waited out for a minute, with pauses of up to 5 s', () => {
  expect(delays('throttled', 8)).toEqual([200, 400, 800, 1600, 3200, 5000, 5000, 5000])
  expect(delayBefore({ made: 30, elapsedMs: 59_000, failure: 'throttled', random: 0 })).toBe(2500)
  expect(delayBefore({ made: 30, elapsedMs: 60_000, failure: 'throttled', random: 0 })).toBeUndefined()
})

test.each(['refused', 'absent', 'condition'] as const)('%s is an answer: nothing is tried again', (failure) => {
  expect(delayBefore({ made: 1, elapsedMs: 0, failure, random: 0 })).toBeUndefined()
})
