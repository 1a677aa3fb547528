/**
 * What the main thread and the writer thread say to each other. Types only, so that the thread can import it.
 * @module
 */

/** Writes one row. Without `file` the object's bytes are `body`. */
export interface PutOperation {
  readonly kind: 'put'
  readonly key: string
  readonly ifAbsent?: boolean | undefined
  readonly ifMatch?: string | undefined
  readonly size: number
  /** CRC-32 of each block, see `checksums.ts`. */
  readonly crcs: Uint8Array
  readonly body?: Uint8Array | undefined
  readonly file?: string | undefined
  /** JSON */
  readonly metadata?: string | undefined
  /** The write also ends the multipart upload of `file`, and fails as `unknown-upload` when there is none. */
  readonly endsMultipart?: boolean | undefined
}

export interface DeleteOperation {
  readonly kind: 'delete'
  readonly key: string
  readonly ifMatch?: string | undefined
}

/** Makes it durably known that `file` belongs to an open multipart upload, or no longer does. */
export interface MultipartOperation {
  readonly kind: 'start-multipart' | 'end-multipart'
  readonly key: string
  readonly file: string
}

export type Operation = PutOperation | DeleteOperation | MultipartOperation

export type Outcome =
  | {
      readonly ok: true
      readonly etag: string
      readonly modifiedMs: number
      /** Data file that no row names any more. */
      readonly discarded?: string | undefined
    }
  | { readonly ok: false; readonly reason: 'condition' | 'unknown-upload' }

/** The answer to one request: all its operations were committed (or their conditions failed), or none was. */
export type Reply =
  | { readonly outcomes: readonly Outcome[] }
  | { readonly failure: { readonly code: 'STORAGE_FULL' | 'UNAVAILABLE'; readonly message: string } }

export interface WriterOptions {
  readonly path: string
  readonly maxPages?: number | undefined
}

/** Operations of one request are committed together. An empty group is a sign of life. */
export type ToWriter =
  | { readonly type: 'group'; readonly requests: readonly (readonly Operation[])[] }
  | { readonly type: 'close' }

export type FromWriter =
  | { readonly type: 'ready' }
  | { readonly type: 'cannot-open'; readonly message: string; readonly errcode: number }
  | { readonly type: 'done'; readonly replies: readonly Reply[]; readonly commits: number }
