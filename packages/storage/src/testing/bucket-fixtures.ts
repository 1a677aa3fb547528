/**
 * Bytes and shorthands for the bucket's contract tests.
 * @module
 */
import { buffer } from 'node:stream/consumers'
import type { Bucket, ETag, WriteOutcome } from '../bucket/index.ts'

/** Gives the bucket under test; it is open only while tests run. */
export type CurrentBucket = () => Bucket

/** What the contract leaves to the store. */
export interface BucketTraits {
  /** ETags are made from the bytes: the same bytes written again have the same one. @default false */
  readonly etagsOfBytes?: boolean
  /** Metadata given at `complete` is not kept, because the store takes it at the start of an upload. @default false */
  readonly noMetadataAtComplete?: boolean
  /** Keys are paths: an element that is empty or `.` is not kept as it is. None of ours has one. @default false */
  readonly keysArePaths?: boolean
  /** A part that was overwritten is still there: completed by its own ETag, it is what the object gets. @default false */
  readonly keepsOverwrittenParts?: boolean
  /** The loser of a race may be told that the outcome is not known (UNAVAILABLE), and has to look. @default false */
  readonly unclearRaces?: boolean
}

/** Bytes that differ at every place and with every seed (xorshift, so that no run differs from another). */
export function seededBytes(size: number, seed: number): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4))
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[i] = state
  }
  return Buffer.from(words.buffer, 0, size)
}

export const text = (value: string): Buffer => Buffer.from(value)

/** The content in pieces of `pieceSize`, failing with `error` after `failAfter` bytes when that is given. */
export async function* pieces(
  content: Uint8Array,
  pieceSize: number,
  fail?: { readonly after: number; readonly error: Error },
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += pieceSize) {
    if (fail !== undefined && at >= fail.after) throw fail.error
    yield content.subarray(at, at + pieceSize)
  }
}

export async function readText(bucket: Bucket, key: string): Promise<string | undefined> {
  const cell = await bucket.read(key)
  return cell === undefined ? undefined : Buffer.from(cell.body).toString()
}

export async function readAll(bucket: Bucket, key: string): Promise<Buffer> {
  return buffer(await bucket.get(key))
}

/** The ETag of a write that must have happened. */
export function etagOf(outcome: WriteOutcome): ETag {
  if (!outcome.ok) throw new Error('expected the write to happen, its condition did not hold')
  return outcome.etag
}
