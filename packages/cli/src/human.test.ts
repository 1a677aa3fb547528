import { describe, expect, test } from '@jest/globals'
import { humanAge, humanDuration, humanSize } from './human.ts'

const hour = 3600
const day = 24 * hour

describe('humanDuration', () => {
  test.each([
    [-5, 'Less than a second'],
    [0.4, 'Less than a second'],
    [1, '1 second'],
    [59.9, '59 seconds'],
    [60, 'About a minute'],
    [119, 'About a minute'],
    [120, '2 minutes'],
    [59 * 60 + 59, '59 minutes'],
    [hour, 'About an hour'],
    [1.49 * hour, 'About an hour'],
    [1.5 * hour, '2 hours'],
    [47 * hour, '47 hours'],
    [48 * hour, '2 days'],
    [13.9 * day, '13 days'],
    [14 * day, '2 weeks'],
    [59 * day, '8 weeks'],
    [60 * day, '2 months'],
    [729 * day, '24 months'],
    [730 * day, '2 years'],
    [55.5 * 365 * day, '55 years'],
  ])('%d seconds are "%s"', (seconds, text) => {
    expect(humanDuration(seconds)).toBe(text)
  })
})

describe('humanAge', () => {
  const now = Date.parse('2026-11-23T12:00:00Z')
  test.each([
    ['2026-11-23T11:58:00Z', '2 minutes ago'],
    ['1970-01-01T00:00:00Z', '56 years ago'],
    [undefined, 'N/A'],
    ['not a time', 'N/A'],
  ])('of %s is "%s"', (time, text) => {
    expect(humanAge(time, now)).toBe(text)
  })
})

describe('humanSize', () => {
  test.each([
    [0, '0B'],
    [999, '999B'],
    [1000, '1kB'],
    [2048, '2.05kB'],
    [999_499, '999kB'],
    [999_700, '1MB'],
    [297_600_000, '298MB'],
    [1_234_567_890, '1.23GB'],
    [4_500_000_000_000_000, '4.5PB'],
    [4_500_000_000_000_000_000, '4500PB'],
  ])('%d bytes are "%s"', (bytes, text) => {
    expect(humanSize(bytes)).toBe(text)
  })

  test('progress shows four significant digits', () => {
    expect(humanSize(12_345_678, 4)).toBe('12.35MB')
  })
})
