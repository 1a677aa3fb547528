/**
 * Buffers for reading data files: recycled, of 64 KiB to 1 MiB, within one budget for the whole process.
 * @module
 */
import { blockBytes } from './checksums.ts'
import { type PagePool, pageBytes, processPages } from './page-pool.ts'

export const largestBufferBytes = pageBytes

export interface BufferPool {
  /** Takes a buffer of `size` bytes, 64 KiB times a power of two. Never waits: it is given beyond the budget, too. */
  take(size: number): Buffer
  /** A fresh one within the same budget, for a consumer who may keep it: it can only be forgotten. */
  allocate(size: number): Buffer
  /** Gives it back; nobody may look at it any more. */
  give(buffer: Buffer): void
  /** Gives back its share of the budget only: somebody may still look at it. */
  forget(buffer: Buffer): void
  /** The size of a reader's next buffer, see {@link nextBufferSize}. */
  nextSize(size: number, drainedBytes: number): number
  readonly usedBytes: number
}

/** A page cut into buffers of one size. */
interface CutPage {
  readonly page: Buffer
  readonly free: Buffer[]
  readonly count: number
  /** A buffer was forgotten: the page must not be handed on. */
  lost: boolean
}

/** The buffers of all directory buckets of the process: 96 MiB. */
export const processBufferPool = bufferPool(96 * 1024 * 1024)

export function bufferPool(budgetBytes: number, pages: PagePool = processPages): BufferPool {
  /** By size of buffer: the pages that have free ones. */
  const available = new Map<number, Set<CutPage>>()
  const cutOf = new WeakMap<Buffer, CutPage>()
  // The rest is for the many readers that have not grown.
  const growthBytes = budgetBytes / 3
  let usedBytes = 0

  function availableOf(size: number): Set<CutPage> {
    const cutPages = available.get(size) ?? new Set()
    available.set(size, cutPages)
    return cutPages
  }

  function cut(size: number): CutPage {
    const page = pages.take()
    const cutPage: CutPage = { page, free: [], count: pageBytes / size, lost: false }
    for (let at = 0; at < pageBytes; at += size) {
      const buffer = page.subarray(at, at + size)
      cutOf.set(buffer, cutPage)
      cutPage.free.push(buffer)
    }
    availableOf(size).add(cutPage)
    return cutPage
  }

  function give(buffer: Buffer): void {
    const size = buffer.byteLength
    usedBytes -= size
    const cutPage = cutOf.get(buffer)
    if (cutPage === undefined) return
    cutPage.free.push(buffer)
    const cutPages = availableOf(size)
    cutPages.add(cutPage)
    // One page of each size stays cut.
    if (cutPage.free.length < cutPage.count || cutPages.size === 1) return
    cutPages.delete(cutPage)
    if (!cutPage.lost) pages.give(cutPage.page)
  }

  return {
    take(size) {
      usedBytes += size
      const [cutPage = cut(size)] = availableOf(size)
      const buffer = cutPage.free.pop() ?? Buffer.allocUnsafeSlow(size)
      if (cutPage.free.length === 0) availableOf(size).delete(cutPage)
      return buffer
    },
    allocate(size) {
      usedBytes += size
      return Buffer.allocUnsafeSlow(size)
    },
    give,
    forget(buffer) {
      const cutPage = cutOf.get(buffer)
      if (cutPage === undefined) {
        usedBytes -= buffer.byteLength
        return
      }
      // The page goes to the garbage collector, buffer and all, once the others have come back.
      cutPage.lost = true
      const substitute = Buffer.allocUnsafeSlow(buffer.byteLength)
      cutOf.set(substitute, cutPage)
      give(substitute)
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
