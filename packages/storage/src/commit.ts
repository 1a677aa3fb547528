/**
 * Publishing: how bytes that are stored become a blob of a repository. The steps f0-f5 of the storage protocol; the
 * compare-and-swap of the pointer, f3, is the commit point.
 *
 * ```
 * f0  read u/X           discarded or gone: too late          the session is read before the pointer, always: a commit
 * f1  read b/D           there: this is a duplicate           record must never replace a later base by an older one
 * f2  u/X -> commit {D, base}                                 whoever discards X now changes base first
 * f3  b/D: base -> live {X}
 * f4  l/E/D              the repository may read it
 * f5  read b/D again     GC may have taken it between f1 and f4
 * ```
 * @module
 */
import { type Digest, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ETag } from './bucket/bucket.ts'
import { contention, maxTurns, type StorageContext } from './context.ts'
import { type LinkTarget, writeLink } from './link.ts'
import { sessionKey } from './paths.ts'
import {
  isPresent,
  needsRefresh,
  type PointerState,
  type PresentPointer,
  pointsTo,
  publishPointer,
  readPointer,
  refreshPointer,
  securePointer,
} from './pointer.ts'
import { applyRuleX, deleteAll, deleteBytes } from './rule-x.ts'
import { readSession, type SessionHeader, type SessionState, writeSession } from './upload-session.ts'

/** Bytes in one object of session `x` whose digest the caller has verified. */
export interface StoredBytes extends LinkTarget {
  readonly x: string
  readonly key: string
  readonly size: number
  /** True when this very request wrote the object, so that it may delete it when it is not published. */
  readonly isMine: boolean
}

export interface PublishOptions extends OperationOptions {
  /** f0, done by the caller before anything else. */
  readonly session: SessionState
  /** f1, when the caller has done it after f0; its version must be the one of that look. */
  readonly pointer?: PointerState | undefined
  /** Other objects of the session, to be deleted at the end; 'unknown' when there may be some that no cell names. */
  readonly leftovers: readonly string[] | 'unknown'
}

/**
 * Publishes the bytes and ends the session.
 * @throws BLOB_UPLOAD_UNKNOWN when the session was discarded meanwhile, BLOB_UPLOAD_INVALID when it is being committed
 * under another digest
 */
export async function publish(context: StorageContext, bytes: StoredBytes, options: PublishOptions): Promise<void> {
  const { x, digest } = bytes
  const { signal } = options
  let session: SessionState | undefined = options.session
  let { pointer: looked } = options
  for (let turn = 0; turn < maxTurns; turn++) {
    session ??= await readSession(context, x, { signal }) // f0
    const { header } = session
    if (header === undefined || header.st === 'discard') return await comeLate(context, bytes, { signal })
    refuseOtherDigest(x, header, digest)
    const step = await promote(context, bytes, { session, header, looked }, { signal })
    session = looked = undefined
    if (step === 'lost') continue
    const link = step === 'duplicate' ? 'present' : 'absent'
    await writeLink(context, bytes, link, { signal }) // f4
    const pointer = await securePointer(context, digest, 'upload', { signal }) // f5
    if (pointer === undefined) continue
    await finish(context, bytes, pointer, options)
    return
  }
  throw contention(`blob ${digest}`)
}

/** What is known of the session, and of the pointer when it was looked at before. */
interface Seen {
  readonly session: SessionState
  readonly header: SessionHeader
  readonly looked: PointerState | undefined
}

/** f1 to f3. 'lost': somebody was faster, start again at f0. */
async function promote(
  context: StorageContext,
  { x, digest, key, size }: StoredBytes,
  { session, header, looked }: Seen,
  options: OperationOptions,
): Promise<'won' | 'duplicate' | 'lost'> {
  const pointer = looked ?? (await readPointer(context, digest, options)) // f1
  if (isPresent(pointer)) {
    if (needsRefresh(context, pointer) && !(await refreshPointer(context, digest, pointer, options))) return 'lost'
    return 'duplicate'
  }
  const base = pointer.version ?? null
  const committed = { ...header, st: 'commit' as const, digest, key, size, base }
  const fenced = await writeSession(context, x, session.version, committed, session.payload, options) // f2
  if (fenced === undefined) return 'lost'
  return (await replaceBase(context, { x, digest, key, size }, base, options)) ? 'won' : 'lost' // f3
}

async function replaceBase(
  context: StorageContext,
  { x, digest, key, size }: Pick<StoredBytes, 'x' | 'digest' | 'key' | 'size'>,
  base: ETag | null,
  options: OperationOptions,
): Promise<boolean> {
  return (await publishPointer(context, digest, base ?? undefined, { x, key, size }, options)) !== undefined
}

function ownOf({ key, isMine }: StoredBytes): readonly string[] {
  return isMine ? [key] : []
}

/** The session is discarded or gone: somebody published these very bytes, or they are the late uploader's to clean up. */
async function comeLate(context: StorageContext, bytes: StoredBytes, options: OperationOptions): Promise<void> {
  const { x, digest } = bytes
  const pointer = await readPointer(context, digest, options)
  if (pointsTo(pointer, x) && (await linkPresent(context, bytes, options))) {
    await deleteAll(context, ownOf(bytes), { keep: pointer.header?.key, ...options })
    return
  }
  await applyRuleX(context, x, { digest, own: ownOf(bytes), ...options })
  throw uploadGone(x)
}

/** The blob is acknowledged whatever becomes of this: what it leaves is found by the janitor. */
async function finish(
  context: StorageContext,
  bytes: StoredBytes,
  pointer: PresentPointer,
  { session, leftovers }: PublishOptions,
): Promise<void> {
  const { x, digest } = bytes
  const keep = pointer.header.key
  try {
    if (!pointsTo(pointer, x)) return await applyRuleX(context, x, { digest, seen: session, own: ownOf(bytes) })
    if (leftovers === 'unknown') await deleteBytes(context, x, { multipart: session.header?.multipart, keep })
    else await deleteAll(context, [...leftovers, ...ownOf(bytes)], { keep })
    await context.bucket.delete(sessionKey(x))
  } catch (error) {
    context.options.onWarning(error, `clean-up after upload ${x}`)
  }
}

/**
 * An upload in one request, whose session was born in `commit`: its first turn begins at f3.
 * @param base the pointer's version that the session recorded
 */
export async function publishBornCommitted(
  context: StorageContext,
  bytes: StoredBytes,
  base: ETag | null,
  options: PublishOptions,
): Promise<void> {
  const { digest, x } = bytes
  const { signal } = options
  if (await replaceBase(context, bytes, base, { signal })) {
    await writeLink(context, bytes, 'absent', { signal })
    const pointer = await securePointer(context, digest, 'upload', { signal })
    if (pointer !== undefined) {
      return await finish(context, bytes, pointer, options)
    }
  }
  await publish(context, bytes, { ...options, session: await readSession(context, x, { signal }) })
}

/** A blob small enough for its pointer: born live with the bytes in it, or there already. No session is needed. */
export async function publishInline(
  context: StorageContext,
  target: LinkTarget,
  bytes: Uint8Array,
  options?: OperationOptions,
): Promise<void> {
  const { digest } = target
  for (let turn = 0; turn < maxTurns; turn++) {
    const pointer = await readPointer(context, digest, options)
    if (isPresent(pointer)) {
      if (needsRefresh(context, pointer) && !(await refreshPointer(context, digest, pointer, options))) continue
    } else if ((await publishPointer(context, digest, pointer.version, { bytes }, options)) === undefined) continue
    await writeLink(context, target, isPresent(pointer) ? 'present' : 'absent', options) // f4
    if ((await securePointer(context, digest, 'upload', options)) !== undefined) return // f5
  }
  throw contention(`blob ${digest}`)
}

/** f4 and f5 of a blob whose pointer was seen in f1; false when it has gone meanwhile. */
export async function linkSeen(
  context: StorageContext,
  target: LinkTarget,
  pointer: PresentPointer,
  options: OperationOptions,
): Promise<boolean> {
  const { digest } = target
  if (needsRefresh(context, pointer) && !(await refreshPointer(context, digest, pointer, options))) return false
  await writeLink(context, target, 'unknown', options)
  return (await securePointer(context, digest, 'upload', options)) !== undefined
}

/** Links a blob whose pointer is there; false when it is not. */
export async function linkPresent(
  context: StorageContext,
  target: LinkTarget,
  options?: OperationOptions,
): Promise<boolean> {
  if ((await securePointer(context, target.digest, 'upload', options)) === undefined) return false
  await writeLink(context, target, 'present', options) // f4
  return (await securePointer(context, target.digest, 'upload', options)) !== undefined // f5
}

export function uploadGone(x: string): OciError {
  return new OciError(
    'BLOB_UPLOAD_UNKNOWN',
    `upload ${x} is unknown: finished, cancelled or too old; start a new one`,
    {
      detail: { upload: x },
    },
  )
}

/** @throws BLOB_UPLOAD_INVALID */
export function refuseOtherDigest(x: string, { st, digest }: SessionHeader, wanted: Digest): void {
  if (st !== 'commit' || digest === wanted) return
  const message = `upload ${x} is being committed as ${digest}, not as ${wanted}; start another upload`
  throw new OciError('BLOB_UPLOAD_INVALID', message, { detail: { upload: x, expected: digest, received: wanted } })
}
