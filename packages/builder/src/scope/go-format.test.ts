import { describe, expect, test } from '@jest/globals'
import { duration, quote, quoteRune } from './go-format.ts'

// Printed by Go's fmt with %q and %v.
describe('values as Go prints them', () => {
  test.each([
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ['tab\tbell\u0007', '"tab\\tbell\\a"'],
    ['\u0001\u007f', '"\\x01\\x7f"'],
    ['grüße 日本', '"grüße 日本"'],
    ['\u200b\u{e0001}', '"\\u200b\\U000e0001"'],
    ["it's", `"it's"`],
  ])('the text %j', (text, quoted) => {
    expect(quote(text)).toBe(quoted)
  })

  test.each([
    [0, "'\\x00'"],
    [3, "'\\x03'"],
    [9, "'\\t'"],
    [39, "'\\''"],
    [65, "'A'"],
  ])('the number %d as a character', (number, quoted) => {
    expect(quoteRune(number)).toBe(quoted)
  })

  test.each([
    [0, '0s'],
    [1e6, '1ms'],
    [1.5e9, '1.5s'],
    [90e9, '1m30s'],
    [3600e9, '1h0m0s'],
    [5, '5ns'],
    [2500, '2.5µs'],
  ])('%d nanoseconds', (nanoseconds, text) => {
    expect(duration(nanoseconds)).toBe(text)
  })
})
