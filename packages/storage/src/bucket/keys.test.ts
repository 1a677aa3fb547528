import { describe, expect, test } from '@jest/globals'
import { checkKey, compareKeys, prefixEnd } from './keys.ts'

const samples = [
  '',
  '!',
  'a',
  'ab',
  'b',
  '\u007f',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
  '\u{10ffff}',
]
const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

describe('keys', () => {
  test('compareKeys orders as UTF-8 bytes do', () => {
    for (const a of samples) {
      for (const b of samples) expect(Math.sign(compareKeys(a, b))).toBe(bytewise(a, b))
    }
  })

  test('prefixEnd is above every key with the prefix and not above the next neighbour', () => {
    expect(prefixEnd('a/')).toBe('a0')
    expect(prefixEnd('\ud7ff')).toBe('\ue000')
    expect(prefixEnd('a\u{10ffff}')).toBe('b')
    expect(prefixEnd('')).toBeUndefined()
    expect(prefixEnd('\u{10ffff}')).toBeUndefined()
    for (const prefix of samples) {
      const end = prefixEnd(prefix)
      if (end !== undefined) expect(bytewise(`${prefix}\u{10ffff}\u{10ffff}`, end)).toBe(-1)
    }
  })

  test('a key of 1024 bytes is accepted and one of 1025 is not, counted in UTF-8', () => {
    expect(() => checkKey('é'.repeat(512))).not.toThrow()
    expect(() => checkKey(`${'é'.repeat(512)}x`)).toThrow(TypeError)
  })
})
