/**
 * Committing an upload session: the last bytes are taken, everything is verified and put into one object, or into the
 * pointer itself, and published.
 * @module
 */
import { algorithmOf, type Digest, digestOf, isOciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { linkSeen, type PublishOptions, publish, publishInline, refuseOtherDigest } from './commit.ts'
import type { StorageContext } from './context.ts'
import { dataKey, sessionKey } from './paths.ts'
import { isPresent, type PointerState, readPointer } from './pointer.ts'
import type { BlobStat } from './repository.ts'
import { applyRuleX } from './rule-x.ts'
import { type OpenSession, SessionWriter, type TakeOptions } from './session-writer.ts'
import { writeSession } from './upload-session.ts'
import {
  digestObject,
  findFinished,
  knownDigest,
  refuseWrongDigest,
  type StoredObject,
  storeParts,
  storeSingle,
} from './verify-bytes.ts'

export interface CommitUploadOptions extends OperationOptions {
  readonly repository: string
  readonly x: string
  readonly session: OpenSession
  readonly digest: Digest
  /** The body of the closing request. */
  readonly content: (TakeOptions & { readonly chunks: AsyncIterable<Uint8Array> }) | undefined
  /** Told what the session is when the commit failed. */
  readonly onSession: (session: OpenSession) => void
}

export async function commitUpload(context: StorageContext, options: CommitUploadOptions): Promise<BlobStat> {
  const { x, session, digest, content, signal } = options
  const algorithm = algorithmOf(digest)
  refuseOtherDigest(x, session.header, digest)
  const finished = await alreadyFinished(context, options)
  if (finished !== undefined) return await publishObject(context, options, session, finished)

  const isComplete = content === undefined
  const writer = await SessionWriter.open(context, x, { session, algorithm, isComplete, signal })
  try {
    if (content !== undefined) await writer.take(content.chunks, content)
    return await publishTaken(context, options, writer)
  } catch (error) {
    options.onSession(writer.session)
    // Bytes came for a multipart upload that an earlier request completed for this digest before its reply was lost.
    const found = isOciError(error, 'BLOB_UPLOAD_UNKNOWN')
      ? await findFinished(context, session.header.multipart?.key, { digest, signal })
      : undefined
    if (found?.verified !== true) throw error
    return await publishObject(context, options, writer.session, found)
  } finally {
    writer.close()
  }
}

async function publishTaken(
  context: StorageContext,
  options: CommitUploadOptions,
  writer: SessionWriter,
): Promise<BlobStat> {
  const { digest } = options
  const size = writer.intake.offset
  try {
    const known = knownDigest(writer, digest)
    if (known !== undefined) refuseWrongDigest(digest, known, size)
    if (size <= context.options.inlineBytes) return await publishSmall(context, options, writer)
    const pointer = isWhole(writer, known) ? await readPointer(context, digest, options) : undefined // f1
    if (pointer !== undefined && isPresent(pointer) && (await linkSeen(context, options, pointer, options))) {
      await endSession(context, options.x, writer)
      return { digest, size }
    }
    const stored = await storeTaken(context, options, writer)
    const leftovers = writer.tidy ? keysOfTails(options.x, writer) : 'unknown'
    // From here on the request may go: the bytes are complete, and finishing is a matter of a few small writes.
    return await publishObject(context, options, writer.session, stored, { pointer: absent(pointer), leftovers })
  } catch (error) {
    if (isOciError(error, 'DIGEST_INVALID')) await writer.putBack()
    else await writer.abandon()
    throw error
  }
}

/** All bytes are in memory and have the right digest: whether anybody has them already is worth a look before a write. */
function isWhole({ intake }: SessionWriter, known: Digest | undefined): boolean {
  return known !== undefined && intake.digest !== undefined && intake.isSingle && intake.onlyTail === undefined
}

/** A pointer that was there a moment ago has to be looked at again. */
function absent(pointer: PointerState | undefined): PointerState | undefined {
  return pointer === undefined || isPresent(pointer) ? undefined : pointer
}

/** The bytes as one object: the only tail as it is, one new object, or the completed parts. */
async function storeTaken(
  context: StorageContext,
  { x, digest, signal }: CommitUploadOptions,
  writer: SessionWriter,
): Promise<StoredObject> {
  const { intake } = writer
  const known = knownDigest(writer, digest) !== undefined
  if (intake.isSingle) {
    const tail = known ? intake.onlyTail : undefined
    if (tail !== undefined) return { key: dataKey(x, tail), size: intake.offset, isMine: false }
    const chunks = await intake.rest({ signal })
    await intake.forgetUnused()
    // The digest in the session is no word about bytes that were read back.
    const isHashed = known && intake.digest !== undefined
    if (!isHashed) refuseWrongDigest(digest, digestOf(Buffer.concat(chunks), algorithmOf(digest)), intake.offset)
    return await storeSingle(context, chunks, { x, digest, signal })
  }
  const stored = await storeParts(context, writer, { x, digest, signal })
  if (stored.verified) return stored
  const received = await digestObject(context, stored.key, { digest, signal })
  if (received !== digest) await keepWhole(context, x, writer, stored)
  refuseWrongDigest(digest, received, stored.size)
  return stored
}

/** The parts are one object now, and not what this digest says: the right one can still be committed. */
async function keepWhole(context: StorageContext, x: string, writer: SessionWriter, { key, size }: StoredObject) {
  const { multipart: _, prefixDigest: __, ...kept } = writer.session.header
  const header = { ...kept, offset: size, tails: [], whole: key }
  const next = await writeSession(context, x, writer.session.version, header, new Uint8Array(0))
  if (next !== undefined) writer.replaced({ ...next, header })
}

async function publishSmall(
  context: StorageContext,
  options: CommitUploadOptions,
  writer: SessionWriter,
): Promise<BlobStat> {
  const { repository, x, digest, signal } = options
  const bytes = Buffer.concat(await writer.intake.rest({ signal }))
  refuseWrongDigest(digest, digestOf(bytes, algorithmOf(digest)), bytes.byteLength)
  await publishInline(context, { repository, digest }, bytes)
  await endSession(context, x, writer)
  return { digest, size: bytes.byteLength }
}

/** Ends a session whose bytes nobody needs: the blob is acknowledged whatever becomes of this. */
async function endSession(context: StorageContext, x: string, writer: SessionWriter): Promise<void> {
  try {
    await writer.intake.forgetUnused()
    if (!(await dropEmptySession(context, x, writer))) await applyRuleX(context, x, { seen: writer.session })
  } catch (error) {
    context.options.onWarning(error, `clean-up after upload ${x}`)
  }
}

// A session that never wrote an object has nothing to look for, and no digest that anybody could have committed it to.
async function dropEmptySession(
  context: StorageContext,
  x: string,
  { session: { header, payload, version }, tidy }: SessionWriter,
): Promise<boolean> {
  const { bucket } = context
  if (!tidy || header.tails.length > 0 || header.multipart !== undefined || version === undefined) return false
  if (bucket.capabilities.conditionalDelete) return (await bucket.delete(sessionKey(x), { ifMatch: version })).ok
  const discarded = { ...header, st: 'discard' as const }
  if ((await writeSession(context, x, version, discarded, payload)) === undefined) return false
  await bucket.delete(sessionKey(x))
  return true
}

/** An object that an earlier commit left complete: of this digest, or of one that was not right. */
async function alreadyFinished(
  context: StorageContext,
  { session: { header }, digest, signal }: CommitUploadOptions,
): Promise<StoredObject | undefined> {
  const { st, key, size, whole, offset } = header
  if (st === 'commit' && key !== undefined) return { key, size: size ?? offset, isMine: false }
  if (whole === undefined) return undefined
  refuseWrongDigest(digest, await digestObject(context, whole, { digest, signal }), offset)
  return { key: whole, size: offset, isMine: false }
}

async function publishObject(
  context: StorageContext,
  { repository, x, digest }: CommitUploadOptions,
  session: OpenSession,
  { key, size, isMine }: StoredObject,
  seen: Partial<Pick<PublishOptions, 'leftovers' | 'pointer'>> = {},
): Promise<BlobStat> {
  await publish(context, { repository, x, digest, key, size, isMine }, { session, leftovers: 'unknown', ...seen })
  return { digest, size }
}

/** Those that the session names, and those that an earlier save of this request named. */
function keysOfTails(x: string, { session, intake }: SessionWriter): readonly string[] {
  const named = session.header.tails.map(([n]) => dataKey(x, n))
  return intake.superseded.length === 0 ? named : [...new Set([...named, ...intake.superseded])]
}
