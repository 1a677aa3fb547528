/**
 * The memory of uploads under way, where the bucket makes each hold much: a limit on all of them together. Who comes when
 * it is used up waits, and its client with it; who has held its share for long while others wait lets go of it.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import { byteBudget } from './byte-budget.ts'

export interface UploadMemory {
  /**
   * Waits for the share of one upload.
   * @param size bytes it is going to have, undefined when nobody knows: a small one needs no more than that
   */
  take(size: number | undefined, options: OperationOptions): Promise<MemoryShare>
}

export interface MemoryShare {
  /** Nothing of the upload is in memory any more. A second call does nothing. */
  release(): void
  /** True when others wait and this one had its turn: it should store what it has, release, and take again. */
  isOverdue(): boolean
}

export interface UploadMemoryOptions {
  /** What all uploads together may hold. */
  readonly totalBytes: number
  /** What one may. */
  readonly heldBytes: number
  /** How long a share may be held while others wait, in milliseconds. @default 10000 */
  readonly turnMs?: number
  /** Milliseconds since any beginning. */
  readonly now: () => number
}

export function uploadMemory({ totalBytes, heldBytes, turnMs = 10_000, now }: UploadMemoryOptions): UploadMemory {
  const budget = byteBudget(totalBytes)
  return {
    async take(size, options) {
      const release = await budget.take(Math.min(size ?? heldBytes, heldBytes), options)
      const since = now()
      return { release, isOverdue: () => budget.isWanted() && now() - since >= turnMs }
    },
  }
}
