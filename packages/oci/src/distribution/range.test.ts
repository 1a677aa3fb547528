import { describe, expect, test } from '@jest/globals'
import {
  formatContentRange,
  formatUnsatisfiedRange,
  formatUploadRange,
  parseContentRange,
  parseRange,
  parseUploadedRange,
  parseUploadRange,
} from './range.ts'

describe('parseRange', () => {
  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=500-1499', 500, 1499],
    ['bytes=500-', 500, 1999],
    ['bytes=-500', 1500, 1999],
    ['bytes=-5000', 0, 1999],
    ['bytes=1000-5000', 1000, 1999],
    ['bytes=1999-1999', 1999, 1999],
    ['BYTES=1-2', 1, 2],
    ['bytes = 1-2 ', 1, 2],
    ['bytes=0-99999999999999999999999', 0, 1999],
  ])('%s of 2000 bytes is %i to %i', (header, start, end) => {
    expect(parseRange(header, 2000)).toEqual({ kind: 'range', start, end })
  })

  test.each(['bytes=2000-', 'bytes=5000-10000', 'bytes=500-0', 'bytes=-0', 'bytes=99999999999999999999-'])(
    '%s of 2000 bytes cannot be satisfied',
    (header) => {
      expect(parseRange(header, 2000)).toEqual({ kind: 'unsatisfiable' })
    },
  )

  test.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=1-2,4-5',
    'bytes=--1',
    'bytes=1-2-3',
    'bytes=+1-2',
    'bytes=0x1-2',
    'items=0-1',
    '0-1',
    `bytes=${'0'.repeat(200)}-1`,
  ])('%j is ignored', (header) => {
    expect(parseRange(header, 2000)).toEqual({ kind: 'none' })
  })

  test.each([
    ['bytes=0-', 'unsatisfiable'],
    ['bytes=0-0', 'unsatisfiable'],
    ['bytes=-1', 'unsatisfiable'],
  ])('%s of nothing is %s', (header, kind) => {
    expect(parseRange(header, 0).kind).toBe(kind)
  })
})

describe('Content-Range', () => {
  test('what is written is read', () => {
    expect(formatContentRange(0, 99, 1000)).toBe('bytes 0-99/1000')
    expect(parseContentRange('bytes 0-99/1000')).toEqual({ start: 0, end: 99, size: 1000 })
    expect(parseContentRange('Bytes 5-5/*')).toEqual({ start: 5, end: 5 })
    expect(formatUnsatisfiedRange(1000)).toBe('bytes */1000')
  })

  test.each(['', 'bytes */1000', 'bytes 5-4/10', 'bytes 0-10/10', '0-1/2', 'bytes 0-1', 'bytes 0-99999999999999999/*'])(
    '%j is RANGE_INVALID',
    (header) => {
      expect(() => parseContentRange(header)).toThrow(expect.objectContaining({ code: 'RANGE_INVALID' }))
    },
  )
})

describe('ranges of uploads', () => {
  test.each([
    ['0-0', 0, 0],
    ['0-99', 0, 99],
    ['100-100', 100, 100],
  ])('%s is %i to %i', (header, start, end) => {
    expect(parseUploadRange(header)).toEqual({ start, end })
  })

  test.each([
    '',
    '-',
    '5',
    '5-4',
    '-5',
    '5-',
    'bytes 0-5',
    'bytes=0-5',
    '0-5/6',
    ' 0-5',
    '0-99999999999999999',
    '1e3-2e3',
  ])('%j is RANGE_INVALID', (header) => {
    expect(() => parseUploadRange(header)).toThrow(expect.objectContaining({ code: 'RANGE_INVALID' }))
  })

  test.each([
    [0, '0-0'],
    [1, '0-0'],
    [100, '0-99'],
  ])('after %i bytes the range is %s', (offset, text) => {
    expect(formatUploadRange(offset)).toBe(text)
  })

  test.each([
    ['0-99', 100],
    ['bytes=0-99', 100],
    ['0-0', 1],
  ])('a registry that answers %s has %i bytes', (header, expected) => {
    expect(parseUploadedRange(header)).toBe(expected)
  })

  test.each(['', '1-99', '0-', '0-x', '0-9007199254740991'])('%j is no answer', (header) => {
    expect(() => parseUploadedRange(header)).toThrow(expect.objectContaining({ code: 'RANGE_INVALID' }))
  })
})
