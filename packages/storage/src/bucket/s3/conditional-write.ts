/**
 * Writing one object under a condition, and finding out what became of it when the answer does not tell.
 *
 * Every conditional write carries a fresh nonce in the object's metadata, and the ETag it replaces. After an answer that
 * did not come, or said "internal error", the write is tried again; when that one is refused, the object tells whether
 * the first try was the reason. The nonce found: it happened. Another object that replaced the same version: this write
 * never happened and never will. Anything else proves nothing, and is an error.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ETag, WriteCondition, WriteOutcome } from '../bucket.ts'
import { type SignedContent, signed } from './content.ts'
import { objectOf, type S3Context } from './context.ts'
import { readEtag, writeEtag } from './etags.ts'
import { failureOf } from './failures.ts'
import type { RequestOptions } from './requests.ts'

const nonceName = 'tsreg-nonce'
const replacesName = 'tsreg-replaces'

export interface PutOptions extends OperationOptions, WriteCondition {
  readonly metadata?: Readonly<Record<string, string>>
  /** See `PutOptions` of the bucket. */
  readonly once?: boolean
}

/** One PUT of at most 5 GiB. @throws UNAVAILABLE when it may have happened and nobody can tell */
export async function putObject(
  s3: S3Context,
  key: string,
  content: SignedContent,
  { ifAbsent, ifMatch, metadata = {}, once = false, signal }: PutOptions,
): Promise<WriteOutcome> {
  const isConditional = ifAbsent === true || ifMatch !== undefined
  if (isConditional && !s3.found.cas) throw conditionsUnsupported(key)
  const nonce = randomUUID()
  const input = {
    ...objectOf(s3, key),
    ContentLength: content.size,
    Metadata: isConditional ? { ...metadata, [nonceName]: nonce, [replacesName]: ifMatch ?? 'nothing' } : metadata,
    ...conditionOf(s3, { ifAbsent, ifMatch }),
  }
  let uncertain = false
  try {
    const { ETag } = await s3.requests.run(
      {
        operation: 'PutObject',
        key,
        signal,
        ...patienceFor(content.size),
        onFailure: (failure) => {
          uncertain ||= failure === 'unknown'
          if (once && uncertain) throw unclear(key, 'no answer came, and it must not be written twice')
        },
      },
      (send) => s3.client.send(signed(new PutObjectCommand({ ...input, Body: content.body() }), content), send),
    )
    const etag = readEtag(ETag) ?? (await readTraces(s3, key, { signal }))?.etag
    if (etag === undefined) throw unclear(key, 'the server told no ETag')
    return { ok: true, etag }
  } catch (error) {
    if (!isConditional || signal?.aborted === true) throw rethrown(error, key)
    const refused = isRefusal(error, ifMatch)
    if (!refused && !uncertain) throw error
    if (!uncertain) return { ok: false }
    return await settle(s3, key, { nonce, ifMatch, error, signal })
  }
}

/** The parameters that stand for a condition. */
export function conditionOf({ found }: S3Context, { ifAbsent, ifMatch }: WriteConditionLike) {
  return {
    ...(ifAbsent === true ? { IfNoneMatch: '*' } : {}),
    ...(ifMatch === undefined ? {} : { IfMatch: writeEtag(ifMatch, found.etagForm) }),
  }
}

type WriteConditionLike = { readonly [Name in keyof WriteCondition]: WriteCondition[Name] | undefined }

/** How a request that carries so many bytes is treated: it may take as long as 256 KiB/s do. */
export function patienceFor(size: number): Pick<RequestOptions, 'timeoutMs' | 'isLarge'> {
  return { timeoutMs: 20_000 + size / 256, isLarge: size >= 1024 * 1024 }
}

/** Metadata as it was given: without what a conditional write added. */
export function ownMetadata(metadata: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const { [nonceName]: _, [replacesName]: __, ...own } = metadata
  return own
}

export function conditionsUnsupported(key: string): OciError {
  return new OciError('UNSUPPORTED', `${key}: this bucket has no conditional writes`, { detail: { key } })
}

// AWS says 404 where the object that If-Match names is not there.
function isRefusal(error: unknown, ifMatch: ETag | undefined): boolean {
  const failure = failureOf(error)
  return failure === 'condition' || (failure === 'absent' && ifMatch !== undefined)
}

interface Unsettled extends OperationOptions {
  readonly nonce: string
  readonly ifMatch: ETag | undefined
  readonly error: unknown
}

async function settle(s3: S3Context, key: string, unsettled: Unsettled): Promise<WriteOutcome> {
  const { nonce, ifMatch, error, signal } = unsettled
  const now = await readTraces(s3, key, { signal }).catch(() => undefined)
  signal?.throwIfAborted()
  if (now?.nonce === nonce) return { ok: true, etag: now.etag }
  // A version is replaced once, and no version comes back: the write that replaced this one was not ours.
  if (now !== undefined && ifMatch !== undefined && now.replaces === ifMatch) return { ok: false }
  throw error instanceof OciError ? error : unclear(key, 'an earlier try may have happened and been replaced since')
}

interface Traces {
  readonly etag: ETag
  readonly nonce: string | undefined
  readonly replaces: string | undefined
}

async function readTraces(s3: S3Context, key: string, { signal }: OperationOptions): Promise<Traces | undefined> {
  const { ETag, Metadata = {} } = await s3.requests.run({ operation: 'HeadObject', key, signal }, (send) =>
    s3.client.send(new HeadObjectCommand(objectOf(s3, key)), send),
  )
  const etag = readEtag(ETag)
  return etag === undefined ? undefined : { etag, nonce: Metadata[nonceName], replaces: Metadata[replacesName] }
}

function unclear(key: string, why: string): OciError {
  return new OciError('UNAVAILABLE', `${key}: it is not known whether it was written: ${why}; read it and try again`, {
    detail: { key },
  })
}

/** Without a condition neither 412 nor 404 is an answer S3 gives. */
function rethrown(error: unknown, key: string): unknown {
  return error instanceof OciError || !isRefusal(error, undefined) ? error : unclear(key, 'the server refused it')
}
