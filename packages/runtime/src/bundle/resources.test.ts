import { describe, expect, test } from '@jest/globals'
import { resourcesOf } from './resources.ts'

describe('limits', () => {
  test('that nobody asks for are not set', () => {
    expect(Object.keys(resourcesOf({}))).toEqual(['devices'])
  })

  test('memory may be swapped out as much again', () => {
    expect(resourcesOf({ memoryBytes: 64 << 20 }).memory).toEqual({ limit: 64 << 20, swap: 128 << 20 })
  })

  test.each([
    [1.5, 150_000],
    [0.01, 1000],
    [0.123456, 12_346],
    [3, 300_000],
  ])('%d processors are %d microseconds of each 100,000', (cpus, quota) => {
    expect(resourcesOf({ cpus }).cpu).toEqual({ quota, period: 100_000 })
  })

  test('processes are counted', () => {
    expect(resourcesOf({ pids: 7 }).pids).toEqual({ limit: 7 })
  })
})
