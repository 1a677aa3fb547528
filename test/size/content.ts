/**
 * Content of any size without holding it: one random MiB, its first bytes numbered anew in every repetition.
 * @module
 */
import { createHash } from 'node:crypto'
import type { Random } from '../harness/random.ts'

export const MiB = 1024 * 1024

export interface HugeContent {
  readonly chunks: Iterable<Uint8Array>
  /** The digest, once `chunks` has been consumed. */
  readonly digest: () => string
}

/** @param mebibytes whole MiB; each chunk is a fresh buffer, because the socket may still hold the last one. */
export function hugeContent(random: Random, mebibytes: number): HugeContent {
  const base = random.bytes(MiB)
  const hash = createHash('sha256')
  return { chunks: generate(), digest: () => `sha256:${hash.copy().digest('hex')}` }

  function* generate() {
    for (let number = 0; number < mebibytes; number++) {
      const chunk = Buffer.from(base)
      chunk.writeUInt32BE(number)
      hash.update(chunk)
      yield chunk
    }
  }
}
