/**
 * From the taken bytes of an upload to one object whose digest is verified.
 * @module
 */
import { algorithmOf, type Digest, Digester, isOciError, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { StorageContext } from './context.ts'
import { dataKey } from './paths.ts'
import type { SessionWriter } from './session-writer.ts'

/** Metadata of an object whose writer had verified its digest. */
const verifiedAs = 'digest'

export interface StoredObject {
  readonly key: string
  readonly size: number
  /** True when this request wrote it, and no other can publish it under another digest. */
  readonly isMine: boolean
}

export interface StoreOptions extends OperationOptions {
  readonly x: string
  readonly digest: Digest
}

/** @throws DIGEST_INVALID with both values */
export function refuseWrongDigest(expected: Digest, received: Digest, size: number): void {
  if (expected === received) return
  throw new OciError('DIGEST_INVALID', `the ${size} bytes uploaded have digest ${received}, not ${expected}`, {
    detail: { expected, received, size },
  })
}

/** What the digest of everything taken is already known to be, in the algorithm of `digest`. */
export function knownDigest({ intake, session }: SessionWriter, digest: Digest): Digest | undefined {
  const { offset, prefixDigest } = session.header
  const known = intake.digest ?? (intake.offset === offset ? prefixDigest : undefined)
  return known !== undefined && algorithmOf(known) === algorithmOf(digest) ? known : undefined
}

/** Bytes in memory as the object of session `x`. */
export async function storeSingle(
  context: StorageContext,
  chunks: readonly Uint8Array[],
  { x, digest, signal }: StoreOptions,
): Promise<StoredObject> {
  const key = dataKey(x)
  const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const metadata = { [verifiedAs]: digest }
  // Created, never replaced: of two commits of one session with different bytes, the second must not put its bytes
  // where the first one's digest already points.
  const write = () => context.bucket.write(key, generate(chunks), { size, metadata, ifAbsent: true, signal })
  const failure = await write().then(
    ({ ok }) => (ok ? undefined : takenByAnother(x)),
    (error: unknown) => error,
  )
  if (failure === undefined) return { key, size, isMine: true }
  const found = await findFinished(context, key, { digest, signal })
  if (found?.verified === true && found.size === size) return found
  throw failure
}

/** The parts of the upload, and the rest as the last one, as one object. */
export async function storeParts(
  context: StorageContext,
  writer: SessionWriter,
  { x, digest, signal }: StoreOptions,
): Promise<StoredObject & { readonly verified: boolean }> {
  const verified = knownDigest(writer, digest) !== undefined
  const size = writer.intake.offset
  const metadata = verified ? { [verifiedAs]: digest } : {}
  try {
    const { upload, parts, key } = await writer.intake.finishParts({ signal })
    await upload.complete(parts, { metadata, ifAbsent: true, signal })
    // Nobody else knows the object, or nobody else may take it for another digest.
    const isMine = verified || key !== writer.session.header.multipart?.key
    return { key, size, isMine, verified }
  } catch (error) {
    // Complete already: by this very request before a crash, or its reply was lost.
    const found = await findFinished(context, writer.intake.partsKey, { digest, signal })
    if (found?.size === size) return found
    if (isOciError(error, 'PRECONDITION_FAILED') || isOciError(error, 'BLOB_UPLOAD_UNKNOWN')) {
      throw takenByAnother(x, error)
    }
    throw error
  }
}

/** An object that an earlier request finished for this digest, or without knowing one; undefined when there is none. */
export async function findFinished(
  context: StorageContext,
  key: string | undefined,
  { digest, signal }: Omit<StoreOptions, 'x'>,
): Promise<(StoredObject & { readonly verified: boolean }) | undefined> {
  if (key === undefined) return undefined
  const found = await context.bucket.stat(key, { signal }).catch(() => undefined)
  const claimed = found?.metadata[verifiedAs]
  if (found === undefined || (claimed !== undefined && claimed !== digest)) return undefined
  return { key, size: found.size, isMine: false, verified: claimed === digest }
}

/** Reads an object back to compute its digest. */
export async function digestObject(context: StorageContext, key: string, { digest, signal }: Omit<StoreOptions, 'x'>) {
  const digester = new Digester(algorithmOf(digest))
  for await (const chunk of await context.bucket.get(key, { signal })) digester.update(chunk)
  return digester.digest()
}

function takenByAnother(x: string, cause?: unknown): OciError {
  const message = `upload ${x}: another request finished it with other bytes; start a new upload`
  return new OciError('BLOB_UPLOAD_INVALID', message, { detail: { upload: x }, cause })
}

async function* generate(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}
