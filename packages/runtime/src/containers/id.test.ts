import { describe, expect, test } from '@jest/globals'
import { isContainerId, newContainerId, shortContainerId } from './id.ts'

describe('the ID of a container', () => {
  test('is 64 hex digits, and another each time', () => {
    const ids = new Set(Array.from({ length: 100 }, () => newContainerId()))
    expect(ids.size).toBe(100)
    for (const id of ids) expect(isContainerId(id)).toBe(true)
  })

  test('does not begin with a number that could be taken for an address', () => {
    const drawn = [Buffer.alloc(32, 0x12), Buffer.alloc(32, 0xab)]
    const id = newContainerId(() => drawn.shift() ?? Buffer.alloc(0))
    expect(shortContainerId(id)).toBe('abababababab')
  })

  test.each(['', '..', 'a'.repeat(63), 'a'.repeat(65), `${'a'.repeat(64)}\n`, 'A'.repeat(64), `../${'a'.repeat(61)}`])(
    '%j is none',
    (text) => {
      expect(isContainerId(text)).toBe(false)
    },
  )
})
