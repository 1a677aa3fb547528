import { describe, expect, test } from '@jest/globals'
import { randomBytes, seeded } from '@tsreg/testkit'
import { ByteQueue } from './byte-queue.ts'

const random = seeded(7)

describe('a byte queue', () => {
  test('gives out what was put in, whatever the sizes', () => {
    const queue = new ByteQueue()
    const pushed: Uint8Array[] = []
    const taken: Uint8Array[] = []
    for (const size of [1, 70_000, 0, 300_000, 65_536, 1, 999_999, 262_144]) {
      const chunk = randomBytes(random, size)
      pushed.push(Buffer.from(chunk))
      queue.push(chunk)
      const half = Math.floor(queue.size / 2)
      const bytes = queue.take(half)
      taken.push(Buffer.concat(bytes.chunks))
      bytes.release()
    }
    taken.push(Buffer.concat(queue.take().chunks))
    expect(queue.size).toBe(0)
    expect(Buffer.concat(taken).equals(Buffer.concat(pushed))).toBe(true)
  })

  test('keeps no hold on a chunk: its sender may use the memory again', () => {
    const queue = new ByteQueue()
    const chunk = Buffer.alloc(100_000, 1)
    queue.push(chunk)
    chunk.fill(2)
    expect(Buffer.concat(queue.peek()).every((byte) => byte === 1)).toBe(true)
  })

  test('uses no block again before it is released', () => {
    const queue = new ByteQueue()
    queue.push(Buffer.alloc(64 * 1024, 1))
    queue.push(Buffer.alloc(256 * 1024, 2))
    const first = queue.take()
    const other = new ByteQueue()
    other.push(Buffer.alloc(1024 * 1024, 3))
    expect(
      Buffer.concat(first.chunks)
        .subarray(64 * 1024)
        .every((byte) => byte === 2),
    ).toBe(true)
    first.release()
    const blocks = first.chunks.map(({ buffer }) => buffer)
    other.push(Buffer.alloc(1024 * 1024, 4))
    expect(other.peek().some(({ buffer }) => blocks.includes(buffer))).toBe(true)
  })

  test('does not recycle memory that was put before the rest', () => {
    const queue = new ByteQueue()
    const before = Buffer.allocUnsafeSlow(256 * 1024).fill(5)
    queue.push(Buffer.from('end'))
    queue.prepend([before])
    const taken = queue.take()
    expect(Buffer.concat(taken.chunks).subarray(before.byteLength).toString()).toBe('end')
    taken.release()
    const other = new ByteQueue()
    other.push(Buffer.alloc(2 * 1024 * 1024, 6))
    expect(before.every((byte) => byte === 5)).toBe(true)
  })

  test('refuses to give more than it has', () => {
    const queue = new ByteQueue()
    queue.push(Buffer.from('abc'))
    expect(() => queue.take(4)).toThrow(new RangeError('4 bytes were asked of 3'))
  })
})
