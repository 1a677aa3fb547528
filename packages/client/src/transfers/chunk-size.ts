/**
 * How large the requests of an upload are where something on the way refuses large ones.
 * @module
 */

/** First size of a chunk where the whole is refused. */
const firstChunkBytes = 64 * 1024 * 1024
/** Smaller requests are not worth trying. */
const smallestChunkBytes = 4096

/**
 * What to try after a request of `refused` bytes: half of it, at most 64 MiB, and not below what the registry wants.
 * Undefined when there is nothing smaller to try.
 */
export function smallerChunk(refused: number, minimum: number): number | undefined {
  const next = Math.max(minimum, smallestChunkBytes, Math.min(firstChunkBytes, Math.ceil(refused / 2)))
  return next < refused ? next : undefined
}
