import { describe, expect, test } from '@jest/globals'
import { parseMoment } from './moment.ts'

const nowMs = Date.parse('2026-11-25T15:05:34.250Z')

describe('a point in time', () => {
  test.each([
    ['1795619134', '2026-11-25T15:05:34.000000000Z'],
    ['1795619134.00000012', '2026-11-25T15:05:34.000000120Z'],
    ['10m', '2026-11-25T14:55:34.250000000Z'],
    ['1h30m', '2026-11-25T13:35:34.250000000Z'],
    ['1.5s', '2026-11-25T15:05:32.750000000Z'],
    ['2026-11-25T15:05:34Z', '2026-11-25T15:05:34.000000000Z'],
    ['2026-11-25T15:05:34.123456789+02:00', '2026-11-25T13:05:34.123456789Z'],
  ])('%s', (text, moment) => {
    expect(parseMoment(text, '--since', nowMs)).toBe(moment)
  })

  test('a date without a zone is of this machine', () => {
    expect(parseMoment('2026-11-25', '--since', nowMs)).toBe(
      `${new Date(2026, 10, 25).toISOString().slice(0, 19)}.000000000Z`,
    )
  })

  test.each(['', 'yesterday', '2026-13-01', '10 m', '-5m'])('"%s" is none', (text) => {
    expect(() => parseMoment(text, '--since', nowMs)).toThrow(`invalid argument ${JSON.stringify(text)} for --since`)
  })
})
