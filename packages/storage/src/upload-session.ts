/**
 * Upload sessions: the cell `u/X` of an upload under way. X is random, names the session and its bytes, and is never
 * used again.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { type Digest, type DigestAlgorithm, isOciError, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ETag } from './bucket/bucket.ts'
import type { CellState, Version, WriteOptions } from './cells.ts'
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
  options?: WriteOptions,
): Promise<SessionState | undefined> {
  const next = await context.cells.write({ key: sessionKey(x), version, header, payload }, options)
  return next === undefined ? undefined : { version: next, modifiedMs: 0, header, payload }
}

/** Sessions that are tried at most, each with an id of its own. */
const creations = 3

/**
 * Creates a session. Never with one request twice: the first might arrive when the session of the second has ended, and
 * begin it again. When no answer comes another session is made, and the janitor ends the one that may be there.
 */
export async function createSession(
  context: StorageContext,
  headerOf: (x: string) => SessionHeader,
  { signal }: OperationOptions,
): Promise<CreatedSession> {
  for (let made = 1; ; made++) {
    const x = randomUUID()
    const header = headerOf(x)
    try {
      const session = await writeSession(context, x, undefined, header, new Uint8Array(0), { signal, once: true })
      if (session !== undefined) return { x, session: { ...session, header } }
      throw new OciError('UNAVAILABLE', `upload ${x} exists already; try again`, { detail: { upload: x } })
    } catch (error) {
      if (made === creations || !isOciError(error, 'UNAVAILABLE')) throw error
    }
  }
}

export interface CreatedSession {
  readonly x: string
  readonly session: SessionState & { readonly header: SessionHeader }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** True for what can be the id of a session; anything else must not become part of a key. */
export function isSessionId(text: string): boolean {
  return uuid.test(text)
}
