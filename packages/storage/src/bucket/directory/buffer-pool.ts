/**
 * Buffers for reading data files: recycled, of 64 KiB to 1 MiB, within one budget for the whole process.
 * @module
 */
import { blockBytes } from './checksums.ts'

export const largestBufferBytes = 1024 * 1024

export interface BufferPool {
  /** Takes a buffer of exactly `size` bytes. Never waits: the smallest size is given beyond the budget, too. */
  take(size: number): Buffer
  /** Gives it back; nobody may look at it any more. */
  give(buffer: Buffer): void
  /** Gives back its share of the budget only: somebody may still look at it. */
  forget(buffer: Buffer): void
  /** The size of a reader's next buffer, see {@link nextBufferSize}. */
  nextSize(size: number, drainedBytes: number): number
  readonly usedBytes: number
}

/** The buffers of all directory buckets of the process: 96 MiB. */
export const processBufferPool = bufferPool(96 * 1024 * 1024)

export function bufferPool(budgetBytes: number): BufferPool {
  const free = new Map<number, Buffer[]>()
  const maxFreeBytes = budgetBytes / 6
  // The rest is for the many readers that have not grown.
  const growthBytes = budgetBytes / 3
  let freeBytes = 0
  let usedBytes = 0
  return {
    take(size) {
      usedBytes += size
      const recycled = free.get(size)?.pop()
      if (recycled === undefined) return Buffer.allocUnsafeSlow(size)
      freeBytes -= size
      return recycled
    },
    give(buffer) {
      const size = buffer.byteLength
      usedBytes -= size
      if (freeBytes + size > maxFreeBytes) return
      freeBytes += size
      const list = free.get(size)
      if (list === undefined) free.set(size, [buffer])
      else list.push(buffer)
    },
    forget(buffer) {
      usedBytes -= buffer.byteLength
    },
    nextSize: (size, drainedBytes) => nextBufferSize(size, drainedBytes, growthBytes - usedBytes),
    get usedBytes() {
      return usedBytes
    },
  }
}

/**
 * Doubles when the consumer has drained eight buffers, as long as the two buffers of a reader take no more than an
 * eighth of what is free: each reader that holds large ones makes the next one's share smaller, so that slow consumers,
 * whose buffers stay with them, leave room for fast ones. Halves when not even the present size is within that share.
 */
export function nextBufferSize(size: number, drainedBytes: number, freeBytes: number): number {
  const largest = Math.max(blockBytes, freeBytes / 16)
  if (size > largest) return Math.max(blockBytes, size / 2)
  return size < largestBufferBytes && drainedBytes >= 8 * size && 2 * size <= largest ? 2 * size : size
}
