/**
 * Multipart uploads. Their id holds the size of the parts, so that every replica cuts the same way.
 * @module
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ETag, MultipartUpload, Part, StartMultipartOptions, WriteObjectOptions } from '../bucket.ts'
import { checkCondition, checkMetadata, preconditionFailed, uploadUnknown } from '../check-arguments.ts'
import { checkPart, checkParts } from '../check-parts.ts'
import { conditionOf, patienceFor } from './conditional-write.ts'
import { signed, signedContent } from './content.ts'
import { objectOf, type S3Context } from './context.ts'
import { completedEtag, etagOfPart, partEtag, readEtag } from './etags.ts'
import { failureOf } from './failures.ts'
import { partSizeFor } from './part-size.ts'
import { statObject } from './read-object.ts'

export interface StartOptions extends StartMultipartOptions {
  /** Kept with the object. */
  readonly metadata?: Readonly<Record<string, string>>
}

export async function startMultipart(s3: S3Context, key: string, options: StartOptions): Promise<MultipartUpload> {
  const { signal, expectedBytes, metadata = {} } = options
  const { UploadId = '' } = await s3.requests.run({ operation: 'CreateMultipartUpload', key, signal }, (send) =>
    s3.client.send(new CreateMultipartUploadCommand({ ...objectOf(s3, key), Metadata: metadata }), send),
  )
  const partSize = partSizeFor(expectedBytes, s3)
  return openMultipart(s3, key, `${partSize}.${UploadId}`)
}

/** Any text is taken as an id; one that is not ours is BLOB_UPLOAD_UNKNOWN at its first use, without a request. */
export function openMultipart(s3: S3Context, key: string, id: string): MultipartUpload {
  const [, bytes, uploadId = ''] = /^(\d{1,10})\.([\x21-\x7e]{1,1500})$/.exec(id) ?? []
  const partSize = bytes === undefined ? s3.partBytes : Number(bytes)
  const upload = { ...objectOf(s3, key), UploadId: uploadId }
  let isOver = uploadId === ''

  /** @throws BLOB_UPLOAD_UNKNOWN for an upload that is over, here or on the server */
  function checkOpen(): void {
    if (isOver) throw uploadUnknown(key, id)
  }
  function translated(error: unknown): unknown {
    return !(error instanceof OciError) && failureOf(error) === 'absent' ? uploadUnknown(key, id) : error
  }

  return {
    id,
    partSize,
    maxParts: s3.maxParts,

    async part(number, content, { signal } = {}) {
      signal?.throwIfAborted()
      const size = checkPart(key, number, content, partSize)
      if (number > s3.maxParts) throw tooManyParts(key, s3.maxParts, partSize)
      checkOpen()
      try {
        const body = signedContent(content)
        const input = { ...upload, PartNumber: number, ContentLength: size }
        const request = { operation: 'UploadPart', key, signal, ...patienceFor(size) }
        const { ETag } = await s3.requests.run(request, (send) =>
          s3.client.send(signed(new UploadPartCommand({ ...input, Body: body.body() }), body), send),
        )
        return { number, size, etag: partEtag(readEtag(ETag) ?? ('' as ETag), size, partSize) }
      } catch (error) {
        throw translated(error)
      }
    },

    async copyPart(number, { key: source, range }, { signal } = {}) {
      signal?.throwIfAborted()
      checkOpen()
      const size = range.end - range.start + 1
      const { Bucket, Key } = objectOf(s3, source)
      const input = {
        ...upload,
        PartNumber: number,
        CopySource: `${Bucket}/${Key}`.split('/').map(encodeURIComponent).join('/'),
        CopySourceRange: `bytes=${range.start}-${range.end}`,
      }
      try {
        // The server answers when it has copied.
        const request = { operation: 'UploadPartCopy', key, signal, timeoutMs: 120_000, isLarge: true }
        const { CopyPartResult } = await s3.requests.run(request, (send) =>
          s3.client.send(new UploadPartCopyCommand(input), send),
        )
        return { number, size, etag: partEtag(readEtag(CopyPartResult?.ETag) ?? ('' as ETag), size, partSize) }
      } catch (error) {
        throw translated(error)
      }
    },

    async flush({ signal } = {}) {
      signal?.throwIfAborted()
      checkOpen()
    },

    async complete(parts, options = {}) {
      options.signal?.throwIfAborted()
      checkCondition(options)
      checkMetadata(options.metadata ?? {})
      checkOpen()
      checkParts(key, parts, partSize)
      const etag = await complete(s3, key, { uploadId, etags: etagsOf(key, parts, partSize), id }, options)
      isOver = true
      return etag
    },

    async abort({ signal } = {}) {
      signal?.throwIfAborted()
      if (uploadId === '') return
      isOver = true
      try {
        await s3.requests.run({ operation: 'AbortMultipartUpload', key, signal }, (send) =>
          s3.client.send(new AbortMultipartUploadCommand(upload), send),
        )
      } catch (error) {
        if (error instanceof OciError || failureOf(error) !== 'absent') throw error
      }
    },
  }
}

function etagsOf(key: string, parts: readonly Part[], partSize: number): readonly ETag[] {
  return parts.map((part) => {
    const etag = etagOfPart(part, partSize)
    if (etag !== undefined) return etag
    throw preconditionFailed(key, `part ${part.number} is not the one recorded: it has not ${part.size} bytes`)
  })
}

interface Completion {
  readonly id: string
  readonly uploadId: string
  readonly etags: readonly ETag[]
}

async function complete(
  s3: S3Context,
  key: string,
  { id, uploadId, etags }: Completion,
  condition: Omit<WriteObjectOptions, 'size'>,
): Promise<ETag> {
  const { signal } = condition
  await checkConditionNow(s3, key, condition)
  const input = {
    ...objectOf(s3, key),
    UploadId: uploadId,
    MultipartUpload: { Parts: etags.map((etag, index) => ({ ETag: etag, PartNumber: index + 1 })) },
    ...(s3.found.cas ? conditionOf(s3, condition) : {}),
  }
  let uncertain = false
  const request = {
    operation: 'CompleteMultipartUpload',
    key,
    signal,
    // Servers put the parts together before they answer.
    timeoutMs: 300_000,
    onFailure: (failure: string) => {
      uncertain ||= failure === 'unknown'
    },
  }
  try {
    const { ETag } = await s3.requests.run(request, (send) =>
      s3.client.send(new CompleteMultipartUploadCommand(input), send),
    )
    // Ceph tells no ETag here.
    const etag = readEtag(ETag) ?? (await statObject(s3, key, { signal }))?.etag
    if (etag !== undefined) return etag
    throw uploadUnknown(key, id)
  } catch (error) {
    signal?.throwIfAborted()
    const done = uncertain ? await completedBefore(s3, key, etags, { signal }) : undefined
    if (done !== undefined) return done
    throw completionError(error, key, id)
  }
}

// Older servers take no notice of the condition here. The keys of uploads are random, so that what the check could miss
// does not happen.
async function checkConditionNow(
  s3: S3Context,
  key: string,
  { ifAbsent, ifMatch, signal }: Omit<WriteObjectOptions, 'size'>,
): Promise<void> {
  if (ifAbsent !== true && ifMatch === undefined) return
  const now = await statObject(s3, key, { signal })
  if (ifAbsent === true ? now === undefined : now?.etag === ifMatch) return
  throw preconditionFailed(key, 'the condition of complete does not hold')
}

/** The object, when it is what these parts make: then a try whose answer was lost had completed it. */
async function completedBefore(
  s3: S3Context,
  key: string,
  etags: readonly ETag[],
  options: OperationOptions,
): Promise<ETag | undefined> {
  const expected = completedEtag(etags)
  const now = await statObject(s3, key, options).catch(() => undefined)
  options.signal?.throwIfAborted()
  return expected !== undefined && now?.etag === expected ? expected : undefined
}

function completionError(error: unknown, key: string, id: string): unknown {
  if (error instanceof OciError) {
    const code = error.detail?.code
    if (code === 'InvalidPart' || code === 'InvalidPartOrder' || code === 'EntityTooSmall') {
      return preconditionFailed(key, `the server has not the parts recorded (${code})`)
    }
    return error
  }
  if (failureOf(error) === 'condition') return preconditionFailed(key, 'the condition of complete does not hold')
  return failureOf(error) === 'absent' ? uploadUnknown(key, id) : error
}

function tooManyParts(key: string, maxParts: number, partSize: number): OciError {
  const limit = maxParts * partSize
  return new OciError(
    'SIZE_INVALID',
    `${key}: more than ${limit} bytes in parts of ${partSize}; send the upload with its size, and parts are larger`,
    { detail: { key, expected: limit } },
  )
}
