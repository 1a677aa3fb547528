/**
 * A blob in one request whose digest is known when it starts (POST ?digest=): nothing is stored of a blob that is there
 * already, and the session of a new one is born committed.
 * @module
 */
import { algorithmOf, type Digest, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ETag } from './bucket/bucket.ts'
import { linkPresent, publishBornCommitted, publishInline, uploadGone } from './commit.ts'
import type { StorageContext } from './context.ts'
import { type HashedBody, hashedBody } from './hashed-body.ts'
import { dataKey } from './paths.ts'
import { isPresent, readPointer } from './pointer.ts'
import { ContentFailure } from './receive.ts'
import type { BlobStat } from './repository.ts'
import { applyRuleX } from './rule-x.ts'
import { createSession, type SessionHeader } from './upload-session.ts'

export interface PutBlobOptions extends OperationOptions {
  readonly repository: string
  readonly digest: Digest
  readonly content: AsyncIterable<Uint8Array>
  readonly size: number | undefined
}

export async function putBlob(context: StorageContext, options: PutBlobOptions): Promise<BlobStat> {
  const { digest, repository, signal } = options
  const body = hashedBody(options)
  try {
    const small = await body.readSmall(context.options.inlineBytes)
    if (small !== undefined) {
      await publishInline(context, { repository, digest }, small, { signal })
      return { digest, size: small.byteLength }
    }
    const pointer = await readPointer(context, digest, { signal }) // f1
    if (!isPresent(pointer)) return await storeNew(context, options, { body, base: pointer.version ?? null })
    // The bytes are hashed all the same: knowing a digest must not be enough to read what it names.
    for await (const _ of body.rest()) signal?.throwIfAborted()
    if (await linkPresent(context, { repository, digest }, { signal })) return { digest, size: body.size() }
    throw new OciError('UNAVAILABLE', `blob ${digest} was collected while it was pushed; push it again`, {
      detail: { digest },
    })
  } catch (error) {
    throw error instanceof ContentFailure ? error.cause : error
  } finally {
    body.close()
  }
}

interface NewBlob {
  readonly body: HashedBody
  readonly base: ETag | null
}

async function storeNew(context: StorageContext, options: PutBlobOptions, blob: NewBlob): Promise<BlobStat> {
  const { size, signal } = options
  const share = await context.uploadMemory?.take(size, { signal })
  try {
    return await storeWithSession(context, options, blob)
  } finally {
    share?.release()
  }
}

async function storeWithSession(
  context: StorageContext,
  { repository, digest, size: announced, signal }: PutBlobOptions,
  { body, base }: NewBlob,
): Promise<BlobStat> {
  const headerOf = (x: string): SessionHeader => ({
    repo: repository,
    st: 'commit',
    startedAt: new Date(context.options.now()).toISOString(),
    algorithm: algorithmOf(digest),
    offset: 0,
    tails: [],
    digest,
    key: dataKey(x),
    base,
    anonymous: true,
  })
  const { x, session } = await createSession(context, headerOf, { signal })
  const key = dataKey(x)
  try {
    const metadata = { digest }
    const size = announced === undefined ? {} : { size: announced }
    const outcome = await context.bucket.write(key, body.rest(), { ...size, metadata, ifAbsent: true, signal })
    if (!outcome.ok) throw uploadGone(x)
  } catch (error) {
    await applyRuleX(context, x, { seen: session }).catch((failure: unknown) => {
      context.options.onWarning(failure, `clean-up after upload ${x}`)
    })
    throw error
  }
  const bytes = { repository, digest, x, key, size: body.size(), isMine: true }
  await publishBornCommitted(context, bytes, base, { session, leftovers: [] })
  return { digest, size: body.size() }
}
