/**
 * A bucket for work in the background: counted, no faster than allowed, and never for long without a turn for others.
 * @module
 */
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Bucket } from '../bucket/bucket.ts'

export interface RequestCounts {
  list: number
  read: number
  write: number
  delete: number
}

export interface MeteredBucket {
  readonly bucket: Bucket
  readonly requests: Readonly<RequestCounts>
}

/** Requests after which others get a turn: those to an embedded bucket may take no turn of the event loop at all. */
const requestsPerTurn = 64

/** @param perSecond requests, on average; 0: no limit */
export function meteredBucket(inner: Bucket, perSecond: number): MeteredBucket {
  const requests: RequestCounts = { list: 0, read: 0, write: 0, delete: 0 }
  let sinceTurn = 0
  let dueMs = 0

  async function before(kind: keyof RequestCounts, count: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    requests[kind] += count
    sinceTurn += count
    // A page of a list is much work and much garbage, which is cleared away best when nothing is under way.
    if (kind === 'list' || sinceTurn >= requestsPerTurn) {
      sinceTurn = 0
      await setImmediate()
    }
    if (perSecond === 0) return
    const now = performance.now()
    const waitMs = dueMs - now
    dueMs = Math.max(dueMs, now) + (count * 1000) / perSecond
    if (waitMs > 0) await setTimeout(waitMs, undefined, signal === undefined ? {} : { signal })
  }

  const bucket: Bucket = {
    ...inner,
    async read(key, options) {
      await before('read', 1, options?.signal)
      return await (inner.readOnce === undefined ? inner.read(key, options) : inner.readOnce(key, options))
    },
    async stat(key, options) {
      await before('read', 1, options?.signal)
      return await inner.stat(key, options)
    },
    async list(options) {
      await before('list', 1, options.signal)
      return await inner.list(options)
    },
    async put(key, body, condition) {
      await before('write', 1, condition?.signal)
      return await inner.put(key, body, condition)
    },
    async batch(writes, options) {
      await before('write', writes.length, options?.signal)
      return await inner.batch(writes, options)
    },
    async delete(key, condition) {
      await before('delete', 1, condition?.signal)
      return await inner.delete(key, condition)
    },
  }
  return { bucket, requests }
}
