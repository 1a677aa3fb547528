import { describe, expect, test } from '@jest/globals'
import { handBack, lend } from './recycle.ts'

describe('handBack', () => {
  test('tells the lender of each chunk how many bytes it had', () => {
    const buffer = new ArrayBuffer(10)
    const returned: number[] = []
    lend(buffer, (bytes) => returned.push(bytes))
    handBack(new Uint8Array(buffer, 0, 4))
    handBack(new Uint8Array(buffer, 4, 6).subarray(1, 3))
    expect(returned).toEqual([4, 2])
  })

  test('of a chunk that nobody lent does nothing', () => {
    lend(new ArrayBuffer(4), () => {
      throw new Error('not this one')
    })
    expect(() => handBack(new Uint8Array(4))).not.toThrow()
  })
})
