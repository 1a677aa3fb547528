/**
 * A bucket that counts what is asked of it, as a store that is paid per request would.
 * @module
 */
import type { Bucket } from '../bucket/index.ts'
import { wrapBucket } from './wrapped-bucket.ts'

export interface CountingBucket {
  readonly bucket: Bucket
  /** Names of the requests so far with their keys, in order: `put b/sha256/...`. */
  readonly requests: string[]
  /** Names of the calls that write, in order: each is a wait for the store, however many requests it stands for. */
  rounds(): readonly string[]
  /** Bytes of all bodies written. */
  written(): number
  /** Forgets everything counted. */
  reset(): void
}

export function countingBucket(inner: Bucket): CountingBucket {
  const requests: string[] = []
  const rounds: string[] = []
  let written = 0
  const bucket = wrapBucket(inner, async (operation, call) => {
    // Each write of a batch is a request of its own, but where the store has transactions.
    for (const key of operation.keys) requests.push(`${operation.name} ${key}`)
    if (operation.isWrite) rounds.push(operation.name)
    written += operation.bytes
    return await call()
  })
  return {
    bucket,
    requests,
    rounds: () => rounds,
    written: () => written,
    reset() {
      requests.length = 0
      rounds.length = 0
      written = 0
    },
  }
}
