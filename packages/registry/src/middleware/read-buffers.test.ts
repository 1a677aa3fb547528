import { describe, expect, test } from '@jest/globals'
import { readBuffer, recycleBuffer } from './read-buffers.ts'

describe('read buffers', () => {
  test('are used again, whatever part of them was looked at', () => {
    const first = readBuffer(0)
    recycleBuffer(first.subarray(10, 20))
    expect(readBuffer(0).buffer).toBe(first.buffer)
  })

  test('are large for a connection that fills them', () => {
    expect([readBuffer(0).byteLength, readBuffer(64 * 1024).byteLength]).toEqual([64 * 1024, 256 * 1024])
  })

  test.each([
    ['memory of its own', Buffer.allocUnsafeSlow(64 * 1024)],
    ["a slice of Node's pool, which is as large as a read buffer and full of what others hold", Buffer.from('a word')],
  ])('are never made of what came from elsewhere: %s', (_, foreign) => {
    recycleBuffer(foreign)
    expect(readBuffer(0).buffer).not.toBe(foreign.buffer)
  })
})
