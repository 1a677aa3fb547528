import { describe, expect, test } from '@jest/globals'
import { parseRecord } from './record.ts'

describe('a record of the log', () => {
  test.each([
    ['2026-11-25T15:05:34.780818670+00:00 stdout F def', 'stdout', '2026-11-25T15:05:34.780818670Z', 'def', true],
    ['2026-11-25T15:05:34.780818670+00:00 stderr P a b ', 'stderr', '2026-11-25T15:05:34.780818670Z', 'a b ', false],
    ['2026-11-25T01:05:34.000000001+05:30 stdout F ', 'stdout', '2026-11-24T19:35:34.000000001Z', '', true],
    ['2026-12-31T23:59:59.5-01:00 stdout F x', 'stdout', '2027-01-01T00:59:59.500000000Z', 'x', true],
  ])('%s', (line, stream, time, text, endsLine) => {
    const record = parseRecord(Buffer.from(line))
    expect({ ...record, bytes: Buffer.from(record?.bytes ?? []).toString() }).toEqual({
      stream,
      time,
      bytes: text,
      endsLine,
    })
  })

  test('bytes that are no text come through as they are', () => {
    const line = Buffer.concat([
      Buffer.from('2026-11-25T15:05:34.780818670+00:00 stdout F '),
      Buffer.of(0, 0xff, 0x0d, 0x80),
    ])
    expect([...(parseRecord(line)?.bytes ?? [])]).toEqual([0, 0xff, 0x0d, 0x80])
  })

  test.each(['', 'x', '2026-11-25T15:05:34.7+00:00', '2026-11-25T15:05:34.7+00:00 stdin F x', 'yesterday stdout F x'])(
    '"%s" is none',
    (line) => {
      expect(parseRecord(Buffer.from(line))).toBeUndefined()
    },
  )
})
