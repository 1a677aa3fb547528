/**
 * Rule X: the one routine that ends an upload session whose bytes were not published by it. The janitor, a duplicate, a
 * cancelled upload and an uploader that came too late all use it.
 * @module
 */
import { type Digest, Digester } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { mapBounded } from './bounded.ts'
import type { Version } from './cells.ts'
import { contention, maxTurns, type StorageContext } from './context.ts'
import { dataPrefix, pointerKey, sessionKey } from './paths.ts'
import { readPointer } from './pointer.ts'
import { readSession, type SessionHeader, type SessionState, writeSession } from './upload-session.ts'

export interface RuleXOptions extends OperationOptions {
  /** Digest the caller knows its bytes to have, for a session that does not say. */
  readonly digest?: Digest
  /** The session as the caller saw it last; saves reading it. */
  readonly seen?: SessionState
  /**
   * Objects that the caller wrote itself. An absent session was ended by somebody else, who may have published another
   * of its objects, under another digest even: then only these are deleted, after a look at the pointer.
   */
  readonly own?: readonly string[]
}

/** Discards session `x`, its bytes unless a pointer names them, and last the session cell. */
export async function applyRuleX(context: StorageContext, x: string, options: RuleXOptions = {}): Promise<void> {
  const { signal } = options
  const session = await fence(context, x, options)
  const digest = session?.digest ?? options.digest
  const keep = digest === undefined ? undefined : await takeBase(context, x, digest, session?.base, { signal })
  if (session === undefined) return await deleteAll(context, options.own ?? [], { keep, signal })
  const find = digest === undefined && isUnused(session) ? findPublished(context, x, { signal }) : undefined
  await deleteBytes(context, x, { multipart: session.multipart, keep, find, signal })
  // Last, because a session that is there is what leads the janitor to the bytes.
  await context.bucket.delete(sessionKey(x), { signal })
}

/** From here on nobody publishes the bytes of x any more, except from a `base` that was already read. */
async function fence(context: StorageContext, x: string, options: RuleXOptions): Promise<SessionHeader | undefined> {
  const { signal } = options
  let session = options.seen
  for (let turn = 0; turn < maxTurns; turn++) {
    session ??= await readSession(context, x, { signal })
    const { header, payload, version } = session
    if (header === undefined) return undefined
    if (header.st === 'discard') return header
    const digest = header.digest ?? options.digest
    const next = { ...header, st: 'discard' as const, ...(digest === undefined ? {} : { digest }) }
    if ((await writeSession(context, x, version, next, payload, { signal })) !== undefined) return next
    session = undefined
  }
  throw contention(`upload ${x}`)
}

/**
 * Makes the recorded `base` void: an uploader that paused before its compare-and-swap then loses it.
 * @returns the object that a pointer names, when it is one of x.
 */
async function takeBase(
  context: StorageContext,
  x: string,
  digest: Digest,
  base: SessionHeader['base'],
  options: OperationOptions,
): Promise<string | undefined> {
  for (let turn = 0; turn < maxTurns; turn++) {
    const { header, version } = await readPointer(context, digest, options)
    if (header?.x === x) return header.key
    const atBase = base !== undefined && version === (base === null ? undefined : base)
    if (!atBase || (await entombPointer(context, digest, version, options))) return undefined
  }
  throw contention(`blob ${digest}`)
}

async function entombPointer(context: StorageContext, digest: Digest, version: Version, options: OperationOptions) {
  const done = await context.cells.entomb(pointerKey(digest), version, options)
  if (done) context.cache.drop(pointerKey(digest))
  return done
}

/** As it was created: nothing was recorded of any byte. */
function isUnused({ offset, tails, multipart, whole }: SessionHeader): boolean {
  return offset === 0 && tails.length === 0 && multipart === undefined && whole === undefined
}

/**
 * A session that is as new and yet has bytes: its request died before it could record them, or the session published them
 * and ended long ago, and its creation took place a second time, because something on the way to the store repeated the
 * request. So each object's digest is asked for, and the pointer of that digest.
 */
function findPublished(context: StorageContext, x: string, options: OperationOptions) {
  return async (keys: readonly string[]): Promise<string | undefined> => {
    for (const key of keys) {
      for (const digest of await digestsOf(context, key, options)) {
        const { header } = await readPointer(context, digest, options)
        if (header?.x === x) return header.key
      }
    }
    return undefined
  }
}

async function digestsOf({ bucket }: StorageContext, key: string, options: OperationOptions): Promise<Digest[]> {
  const found = await bucket.stat(key, options)
  if (found === undefined) return []
  const { digest } = found.metadata
  if (digest !== undefined) return [digest as Digest]
  const digesters = (['sha256', 'sha512'] as const).map((algorithm) => new Digester(algorithm))
  for await (const chunk of await bucket.get(key, options)) for (const digester of digesters) digester.update(chunk)
  return digesters.map((digester) => digester.digest())
}

export interface DeleteBytesOptions extends OperationOptions {
  readonly multipart?: SessionHeader['multipart'] | undefined
  /** The one object to leave. */
  readonly keep?: string | undefined
  /** Finds it among the session's objects, when it is not known. */
  readonly find?: ((keys: readonly string[]) => Promise<string | undefined>) | undefined
}

/**
 * Deletes every object of session `x` but one. Only for who saw the session cell in `discard`, or published from it: a
 * session publishes under one digest at most, and that is the digest whose pointer told what to keep.
 */
export async function deleteBytes(context: StorageContext, x: string, options: DeleteBytesOptions): Promise<void> {
  const { bucket } = context
  const { multipart, find, signal } = options
  let { keep } = options
  if (multipart !== undefined && multipart.key !== keep) {
    await bucket.openMultipart(multipart.key, multipart.id).abort({ signal })
  }
  // A store without compare-and-swap gives no fence, so what a writer may still publish stays for an offline fsck.
  if (!bucket.capabilities.cas) return
  for (;;) {
    const page = await bucket.list({ prefix: dataPrefix(x), signal })
    const keys = page.map(({ key }) => key)
    keep ??= await find?.(keys)
    await deleteAll(context, keys, { keep, signal })
    if (page.length < 1000) return
  }
}

/** Deletes objects of a session, but not the one to keep. */
export async function deleteAll(
  context: StorageContext,
  keys: readonly string[],
  { keep, signal }: Omit<DeleteBytesOptions, 'multipart'>,
): Promise<void> {
  const doomed = keys.filter((key) => key !== keep)
  await mapBounded(doomed, (key) => context.bucket.delete(key, { signal }))
}
