/**
 * The bucket: object-store semantics and no more. Everything the registry knows is an object in one bucket, and the
 * storage protocol relies on these operations only: create-if-absent, compare-and-swap, GET, sorted LIST, DELETE.
 *
 * Small objects ("cells", markers, inline content) are read and written whole; large ones are streamed. Every operation
 * is atomic per key and strongly consistent: what one call acknowledged, the next call of anybody sees. An acknowledged
 * write is durable.
 *
 * An operation whose `signal` is aborted rejects with the signal's reason; a write may have happened nevertheless.
 * @module
 */

import type { Readable } from 'node:stream'
import type { OperationOptions } from '@tsreg/oci/content'

/** Opaque version of one object, never reused for other bytes of that key; compared as a string. */
export type ETag = string & { readonly __etag: unique symbol }

/** A small object read whole. */
export interface Cell {
  /** May be shared with a cache: not to be modified. */
  readonly body: Uint8Array
  readonly etag: ETag
  /** Milliseconds since 1970 of the last write, by the bucket's clock. Politeness only, never safety. */
  readonly modifiedMs: number
}

/** At most one of the two conditions; none writes unconditionally. */
export interface WriteCondition {
  /** Only when no object has the key (`If-None-Match: *`). */
  readonly ifAbsent?: boolean
  /** Only when the object is still this version (`If-Match`). */
  readonly ifMatch?: ETag
}

export interface PutOptions extends OperationOptions, WriteCondition {
  /**
   * The request is made once: when no answer comes to it the write fails, or is found to have happened, and is not tried
   * again. For keys that are deleted and never used again: a try that was given up may arrive when what the next one
   * created is gone, and bring it back. @default false
   */
  readonly once?: boolean
}

export interface CellWrite extends WriteCondition {
  readonly key: string
  /** Absent: delete the object, under `ifMatch` only where {@link BucketCapabilities.conditionalDelete}. */
  readonly body?: Uint8Array
}

/** What became of one write: `ok: false` means that its condition did not hold and nothing was written by it. */
export type WriteOutcome = { readonly ok: true; readonly etag: ETag } | { readonly ok: false }

export interface ListOptions extends OperationOptions {
  readonly prefix: string
  /** Keys strictly greater than this, in byte order. Need not exist nor have the prefix. */
  readonly startAfter?: string
  /** At most so many entries; default 1000, larger values are cut to 1000. */
  readonly limit?: number
}

export interface ListEntry {
  readonly key: string
  readonly size: number
  readonly etag: ETag
  readonly modifiedMs: number
}

/** Inclusive byte positions, already checked against the size. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface ObjectStat {
  readonly size: number
  readonly etag: ETag
  readonly metadata: Readonly<Record<string, string>>
  readonly modifiedMs: number
}

export interface WriteObjectOptions extends OperationOptions, WriteCondition {
  /** Known size in bytes; the write fails with SIZE_INVALID when the content has another. */
  readonly size?: number
  /** Lower-case names, ASCII values; kept with the object. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** A part of a multipart upload that has been stored durably. Plain data: it is kept in a session cell. */
export interface Part {
  /** 1, 2, 3 ... */
  readonly number: number
  readonly size: number
  readonly etag: ETag
}

/** Bytes of an object that become a part of another. */
export interface PartSource {
  readonly key: string
  readonly range: ByteRange
}

/**
 * An object in the making. Parts are of equal size ({@link partSize}) but the last; a part may be written again, then its
 * earlier ETag is void and {@link complete} with it fails. The object appears at {@link complete}, whole, or never.
 */
export interface MultipartUpload {
  /** Opaque; with the key it re-opens the upload on any replica, also after a crash. */
  readonly id: string
  readonly partSize: number
  /** How many parts it may have; absent: more than anybody needs. */
  readonly maxParts?: number
  /** Stores one part; when it resolves the bytes are with the store, but see {@link flush}. */
  part(number: number, content: readonly Uint8Array[], options?: OperationOptions): Promise<Part>
  /** Stores a part that has the bytes of another object of the bucket, which stay where they are; absent where no store does that. */
  copyPart?(number: number, source: PartSource, options?: OperationOptions): Promise<Part>
  /** Resolves when every part written so far survives a power cut. Nothing to do on S3. */
  flush(options?: OperationOptions): Promise<void>
  /**
   * Metadata is lost on S3, which takes it at the start of an upload only: nothing may rest on it.
   * @throws PRECONDITION_FAILED when a part is not the one recorded, or a condition does not hold.
   */
  complete(parts: readonly Part[], options?: Omit<WriteObjectOptions, 'size'>): Promise<ETag>
  /** Forgets the upload and its parts; no error when it is gone already. */
  abort(options?: OperationOptions): Promise<void>
}

export interface StartMultipartOptions extends OperationOptions {
  /** Bytes that the object is expected to have, at least: where parts are counted, their size depends on it. */
  readonly expectedBytes?: number
}

export interface SignedUrlOptions {
  readonly expiresSeconds: number
  readonly contentType?: string
}

/** What the store was found to be able to do (design section 1: probed at start). */
export interface BucketCapabilities {
  /** Conditional create and compare-and-swap hold under races. */
  readonly cas: boolean
  /** DELETE with `ifMatch` holds; then tombstones of tags, links and manifests may be real deletions. */
  readonly conditionalDelete: boolean
}

export interface Bucket {
  readonly capabilities: BucketCapabilities
  /** Bytes of one upload that are in memory at most, in parts under way and parts that fill; absent where that is little. */
  readonly heldBytes?: number

  /** A small object, whole; undefined when absent. */
  read(key: string, options?: OperationOptions): Promise<Cell | undefined>
  /**
   * Like {@link read}, for what nobody will ask for again soon: nothing that is remembered for others makes way for it.
   * Absent where nothing is remembered.
   */
  readOnce?(key: string, options?: OperationOptions): Promise<Cell | undefined>
  /** Writes a small object (at most 8 MiB); `body` must stay as it is until the promise settles. */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<WriteOutcome>
  /**
   * Independent cell writes in one go, outcomes in the same order; a failed condition does not undo the others. One
   * transaction on the embedded bucket, parallel requests on S3: callers must not rely on all-or-nothing.
   */
  batch(writes: readonly CellWrite[], options?: OperationOptions): Promise<readonly WriteOutcome[]>
  /** One page of keys in byte order (UTF-8). */
  list(options: ListOptions): Promise<readonly ListEntry[]>
  /** Unconditional unless `ifMatch` is given (needs `conditionalDelete`); `ok` also when it was absent and no condition was set. */
  delete(key: string, condition?: Pick<WriteCondition, 'ifMatch'> & OperationOptions): Promise<{ readonly ok: boolean }>

  /** Size, ETag and metadata of an object; undefined when absent. */
  stat(key: string, options?: OperationOptions): Promise<ObjectStat | undefined>
  /** The object's bytes, or a range of them. @throws BLOB_UNKNOWN when absent, CONTENT_CORRUPT on the stream when a checksum fails. */
  get(key: string, options?: OperationOptions & { readonly range?: ByteRange }): Promise<Readable>
  /**
   * Streams a new object of any size with bounded memory; an error of `content` is thrown on and leaves nothing behind.
   * The chunks must stay as they are until the promise settles. @throws SIZE_INVALID, STORAGE_FULL
   */
  write(key: string, content: AsyncIterable<Uint8Array>, options?: WriteObjectOptions): Promise<WriteOutcome>
  /**
   * Starts a multipart upload. Its methods throw BLOB_UPLOAD_UNKNOWN once it was completed or aborted, `abort` excepted.
   */
  startMultipart(key: string, options?: StartMultipartOptions): Promise<MultipartUpload>
  /** Re-opens one by its id; no request is made, an unknown id shows at the first use. */
  openMultipart(key: string, id: string): MultipartUpload

  /** A URL from which anybody may GET the object for a while; absent where the store has none. */
  signedUrl?(key: string, options: SignedUrlOptions): Promise<string>

  /** Answers when the store does (readiness). @throws UNAVAILABLE */
  ping(options?: OperationOptions): Promise<void>
  close(): Promise<void>
}
