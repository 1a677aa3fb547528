/**
 * Commits operations through the writer and keeps what is remembered of their keys in step with it.
 * @module
 */
import type { Cell, ETag } from '../bucket.ts'
import type { CellCache } from './cell-cache.ts'
import type { Writer } from './writer.ts'
import type { Operation, Outcome } from './writer-protocol.ts'

export interface Commits {
  /** Resolves when the operations are durable, outcomes in the same order. @throws STORAGE_FULL, UNAVAILABLE */
  run(operations: readonly Operation[]): Promise<readonly Outcome[]>
}

export interface CommitsOptions {
  readonly writer: Writer
  readonly cache: CellCache
  /** Called with each data file that no row names any more. */
  readonly discard: (file: string) => void
}

export function commits({ writer, cache, discard }: CommitsOptions): Commits {
  return {
    async run(operations) {
      for (const { key } of operations) cache.hold(key)
      let outcomes: readonly Outcome[] = []
      try {
        outcomes = await writer.submit(operations)
        return outcomes
      } finally {
        for (const [index, operation] of operations.entries()) {
          const outcome = outcomes[index]
          cache.release(operation.key, outcome && writtenCell(operation, outcome))
          if (outcome?.ok === true && outcome.discarded !== undefined) discard(outcome.discarded)
        }
      }
    },
  }
}

/** The cell as the next read would find it; its bytes are copied, because the caller may go on using the buffer. */
function writtenCell(operation: Operation, outcome: Outcome): Cell | undefined {
  if (!outcome.ok || operation.kind !== 'put' || operation.body === undefined) return undefined
  return { body: Uint8Array.from(operation.body), etag: outcome.etag as ETag, modifiedMs: outcome.modifiedMs }
}
