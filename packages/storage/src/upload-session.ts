/**
 * Upload sessions: the cell `u/X` of an upload under way. X is random, names the session and its bytes, and is never
 * used again.
 * @module
 */
import type { Digest, DigestAlgorithm } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ETag } from './bucket/bucket.ts'
import type { CellState, Version } from './cells.ts'
import type { StorageContext } from './context.ts'
import { sessionKey } from './paths.ts'

/** Where the bytes of a session are: parts, then tails, then the payload of the cell. */
export interface PlacedBytes {
  readonly offset: number
  /** ETags of the full parts of a multipart upload, in order. */
  readonly multipart?: {
    readonly id: string
    readonly key: string
    readonly partSize: number
    readonly parts: readonly ETag[]
  }
  /** Objects `d/…/X.<n>` with the bytes after the parts. */
  readonly tails: readonly Tail[]
}

/** `[n, bytes]` */
export type Tail = readonly [string, number]

export interface SessionHeader extends PlacedBytes {
  readonly repo: string
  readonly st: 'open' | 'commit' | 'discard'
  readonly startedAt: string
  readonly algorithm: DigestAlgorithm
  /** Of all bytes so far; absent when the hash state was lost and the bytes cannot be read before they are complete. */
  readonly prefixDigest?: Digest
  /** The finished object with all bytes, when no digest was right for it yet. */
  readonly whole?: string
  /** Of a session in `commit`, and kept in `discard`: what the bytes are committed as, */
  readonly digest?: Digest
  /** the object that holds them, */
  readonly key?: string
  /** its bytes, */
  readonly size?: number
  /** and the version of the pointer they are to replace; null: none. */
  readonly base?: ETag | null
  /** Made by an upload in one request: no client knows its id. */
  readonly anonymous?: true
}

export type SessionState = CellState<SessionHeader>

export function readSession(context: StorageContext, x: string, options?: OperationOptions): Promise<SessionState> {
  return context.cells.read<SessionHeader>(sessionKey(x), options)
}

/** Replaces the version seen; the new state, or undefined when another writer was faster. */
export async function writeSession(
  context: StorageContext,
  x: string,
  version: Version,
  header: SessionHeader,
  payload: Uint8Array,
  options?: OperationOptions,
): Promise<SessionState | undefined> {
  const next = await context.cells.write({ key: sessionKey(x), version, header, payload }, options)
  return next === undefined ? undefined : { version: next, modifiedMs: 0, header, payload }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** True for what can be the id of a session; anything else must not become part of a key. */
export function isSessionId(text: string): boolean {
  return uuid.test(text)
}
