/**
 * How large the parts of an object are. S3 takes 10,000 of them, all of the same size but the last (some servers insist),
 * so the size is chosen before the first one: by what the whole is expected to have, never by how a client cuts it.
 * @module
 */

const mebibyte = 1024 * 1024

/** Parts of objects of up to 78 GiB, and of those whose size nobody told. */
export const smallestPartBytes = 8 * mebibyte
export const maxParts = 10_000
/** S3 takes no larger part. */
const largestPartBytes = 5 * 1024 * mebibyte

/**
 * The least number of whole MiB, from `smallest` on, of which 10,000 hold `size` bytes: 8 MiB up to 78 GiB, 16 MiB for
 * 150 GiB.
 * @param size bytes of the whole; undefined: not known
 */
export function partSizeFor(size: number | undefined, smallest = smallestPartBytes): number {
  if (size === undefined) return smallest
  const needed = Math.ceil(size / maxParts / mebibyte) * mebibyte
  return Math.min(Math.max(smallest, needed), largestPartBytes)
}
