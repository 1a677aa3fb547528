/**
 * What the parts of the storage share: the bucket, its cells, the caches, and the limits.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { Bucket } from './bucket/bucket.ts'
import { type Cells, cellsOf } from './cells.ts'
import { type LiveHashes, liveHashes } from './live-hashes.ts'
import { type ReadCache, readCache } from './read-cache.ts'
import { type ReferenceCache, referenceCache } from './reference-cache.ts'
import { type SessionTurns, sessionTurns } from './session-turns.ts'
import { type UploadMemory, uploadMemory } from './upload-memory.ts'

export interface StorageOptions {
  /**
   * How long links, pointers and manifests that were read answer without a look at the bucket, in milliseconds; tags are
   * never cached, pushes never look here. 0: no cache. @default 5000
   */
  readonly cacheTtlMs?: number
  /**
   * Longest time that a presigned URL may be good for, in milliseconds; 0: none is made. The bytes of a deleted blob stay
   * so much longer, see `deletion-delay.ts`. @default 0
   */
  readonly signedUrlMs?: number
  /** Memory of that cache in bytes. @default 33554432 */
  readonly cacheBytes?: number
  /** Blobs of at most so many bytes live in their pointer cell. @default 16384 */
  readonly inlineBytes?: number
  /** Uploads of more bytes are written in parts; so much of each is held in memory. @default 4194304 */
  readonly singleObjectBytes?: number
  /** What all uploads under way together may hold in memory, where the bucket makes each hold much. @default 268435456 */
  readonly uploadBytes?: number
  /** An upload under way is made durable after so many bytes. @default 67108864 */
  readonly checkpointBytes?: number
  /** Pause between two beats of the heart of the one writer of a store without compare-and-swap. @default 5000 */
  readonly beatMs?: number
  /** Age from which GC may take what no manifest names, in milliseconds; used blobs are touched at half of it. @default 86400000 */
  readonly graceMs?: number
  /** Largest manifest in bytes. @default 4194304 */
  readonly maxManifestBytes?: number
  /** Accepts image manifests whose config or layers are missing, as indexes are accepted. @default false */
  readonly sparseImages?: boolean
  /** Told of failures that cost nobody anything: what they left behind is the janitor's. @default ignored */
  readonly onWarning?: (error: unknown, what: string) => void
  /** Clock, milliseconds since 1970. Decides politeness only. @default Date.now */
  readonly now?: () => number
}

export interface StorageContext {
  readonly bucket: Bucket
  readonly cells: Cells
  readonly cache: ReadCache
  readonly turns: SessionTurns
  readonly hashes: LiveHashes
  readonly references: ReferenceCache
  /** Undefined where uploads hold little. */
  readonly uploadMemory: UploadMemory | undefined
  /** Part size of the bucket's multipart uploads; 0 before the first one was started. */
  readonly learned: { partSize: number }
  /** Most dead tags that one page of tags has passed over; repositories and links that were there once. */
  readonly seen: { deadTags: number; readonly repositories: Set<string>; readonly links: Set<string> }
  readonly options: Required<StorageOptions>
}

/** The options with their defaults. */
export function storageOptions(given: StorageOptions): Required<StorageOptions> {
  return {
    cacheTtlMs: given.cacheTtlMs ?? 5000,
    signedUrlMs: given.signedUrlMs ?? 0,
    cacheBytes: given.cacheBytes ?? 32 * 1024 * 1024,
    inlineBytes: given.inlineBytes ?? 16 * 1024,
    singleObjectBytes: given.singleObjectBytes ?? 4 * 1024 * 1024,
    uploadBytes: given.uploadBytes ?? 256 * 1024 * 1024,
    checkpointBytes: given.checkpointBytes ?? 64 * 1024 * 1024,
    beatMs: given.beatMs ?? 5000,
    graceMs: given.graceMs ?? 24 * 60 * 60 * 1000,
    maxManifestBytes: given.maxManifestBytes ?? 4 * 1024 * 1024,
    sparseImages: given.sparseImages ?? false,
    onWarning: given.onWarning ?? (() => {}),
    now: given.now ?? Date.now,
  }
}

export function storageContext(bucket: Bucket, given: StorageOptions): StorageContext {
  const options = storageOptions(given)
  const { cacheTtlMs: ttlMs, cacheBytes: maxBytes, now } = options
  return {
    bucket,
    cells: cellsOf(bucket),
    cache: readCache({ ttlMs, maxBytes, now }),
    turns: sessionTurns(),
    hashes: liveHashes(),
    references: referenceCache(),
    uploadMemory:
      bucket.heldBytes === undefined
        ? undefined
        : uploadMemory({ totalBytes: options.uploadBytes, heldBytes: bucket.heldBytes, now }),
    learned: { partSize: 0 },
    seen: { deadTags: 0, repositories: new Set(), links: new Set() },
    options,
  }
}

/** Turns of a compare-and-swap loop before it gives up; each lost turn means that somebody else's succeeded. */
export const maxTurns = 50

/** What a loop throws that lost {@link maxTurns} times. */
export function contention(what: string): OciError {
  return new OciError('UNAVAILABLE', `${what}: lost ${maxTurns} races in a row; try again`, {
    detail: { turns: maxTurns },
  })
}

/** True when a cell is so old that GC might soon look at it, so that using it must refresh it. */
export function isStale(modifiedMs: number, { graceMs, now }: Required<StorageOptions>): boolean {
  return now() - modifiedMs > graceMs / 2
}
