/**
 * How large the parts of an object are. S3 takes 10,000 of them, all of the same size but the last (some servers insist),
 * so the size is chosen before the first one: by what the whole is expected to have, never by how a client cuts it.
 * @module
 */

const mebibyte = 1024 * 1024

/** Parts of objects of up to 78 GiB, and of those whose size nobody told. */
export const smallestPartBytes = 8 * mebibyte
export const maxParts = 10_000
/** An upload that grows does so before its last parts: one whose size is told must not come that far. */
const spareParts = 2
/** S3 takes no larger part. */
const largestPartBytes = 5 * 1024 * mebibyte

export interface PartLimits {
  /** Size of the parts of small objects. */
  readonly partBytes: number
  readonly maxParts: number
}

/**
 * The smallest size, doubled until the parts allowed hold `size` bytes: 8 MiB up to 78 GiB, 16 MiB for 150 GiB.
 * @param size bytes of the whole; undefined: not known, then the smallest
 */
export function partSizeFor(
  size = 0,
  { partBytes, maxParts: most }: PartLimits = { partBytes: smallestPartBytes, maxParts },
): number {
  let partSize = partBytes
  while (partSize * (most - spareParts) < size && partSize < largestPartBytes) partSize *= 2
  return Math.min(partSize, largestPartBytes)
}
