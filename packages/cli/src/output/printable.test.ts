import { describe, expect, test } from '@jest/globals'
import { printable, printableLine } from './printable.ts'

describe('printable', () => {
  test.each([
    ['plain\ttext\n', 'plain\ttext\n'],
    ['\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['over\rwritten', 'over\\x0dwritten'],
    ['\u009b31m\u007f\0', '\\x9b31m\\x7f\\x00'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['字 ümläut שלום', '字 ümläut שלום'],
  ])('%j is printed as %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  test('on one line, ends of lines and tabs are escaped as well', () => {
    expect(printableLine('a\nb\tc\u001b')).toBe('a\\nb\\tc\\x1b')
  })
})
