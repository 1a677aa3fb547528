/**
 * Multipart uploads: create, upload a part, list parts, complete, abort.
 * @module
 */
import { headerOf, type S3Call } from './call.ts'
import { unquoted, writeConditionally } from './conditions.ts'
import { objectHeaders, type S3Context, type S3Handler, shownETag } from './handler.ts'
import { emptyReply, xmlReply } from './reply.ts'
import { invalidArgument, noSuchKey, noSuchUpload, S3Error } from './s3-error.ts'
import { multipartETag, type StoredObject, type StoredPart, type StoredUpload } from './store.ts'
import { innerOf, textsOf } from './xml.ts'

const maxParts = 10_000
const maxPartsPerPage = 1000

export const createUpload: S3Handler = (call, _, { store }) => {
  const { bucket, key } = call
  store.bucket(bucket)
  const { id } = store.startUpload({ bucket, key, ...objectHeaders(call) })
  return xmlReply('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id })
}

export const uploadPart: S3Handler = (call, body, context) => {
  const number = Number(call.query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > maxParts) {
    throw invalidArgument(`part number ${number} is not one of 1 to ${maxParts}`)
  }
  const { etag } = context.store.putPart(findUpload(call, context), number, body)
  return emptyReply(200, { etag: shownETag(etag, context.behaviour) })
}

export const uploadPartCopy: S3Handler = (call, _, context) => {
  const [, bucket = '', key = ''] = /^\/?([^/]+)\/(.+)$/.exec(headerOf(call, 'x-amz-copy-source') ?? '') ?? []
  const source = context.store.bucket(bucket).objects.get(decodeURIComponent(key))
  if (source === undefined) throw noSuchKey(key)
  const [, start = '0', end] = /^bytes=(\d+)-(\d+)$/.exec(headerOf(call, 'x-amz-copy-source-range') ?? '') ?? []
  const bytes = source.body.subarray(Number(start), end === undefined ? undefined : Number(end) + 1)
  const number = Number(call.query.get('partNumber'))
  const { etag, modifiedMs } = context.store.putPart(findUpload(call, context), number, Buffer.from(bytes))
  return xmlReply('CopyPartResult', {
    LastModified: new Date(modifiedMs).toISOString(),
    ETag: shownETag(etag, context.behaviour),
  })
}

export const listParts: S3Handler = (call, _, context) => {
  const upload = findUpload(call, context)
  const marker = Number(call.query.get('part-number-marker') ?? 0)
  const limit = Math.min(Number(call.query.get('max-parts') ?? maxPartsPerPage), maxPartsPerPage)
  const left = [...upload.parts].filter(([number]) => number > marker).toSorted(([a], [b]) => a - b)
  const page = left.slice(0, limit)
  const isTruncated = left.length > page.length
  return xmlReply('ListPartsResult', {
    Bucket: upload.bucket,
    Key: upload.key,
    UploadId: upload.id,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.[0] ?? 0,
    MaxParts: limit,
    IsTruncated: isTruncated,
    Part: page.map(([number, { etag, body, modifiedMs }]) => ({
      PartNumber: number,
      LastModified: new Date(modifiedMs).toISOString(),
      ETag: shownETag(etag, context.behaviour),
      Size: body.byteLength,
    })),
  })
}

export const abortUpload: S3Handler = (call, _, context) => {
  context.store.abort(findUpload(call, context))
  return emptyReply(204)
}

export const completeUpload: S3Handler = async (call, body, context) => {
  const { store, behaviour } = context
  const id = call.query.get('uploadId') ?? ''
  const before = store.completed(id)
  if (before !== undefined && behaviour.completeTwice) return completionReply(call, before, context)
  const upload = findUpload(call, context)
  const parts = chosenParts(upload, body.toString(), behaviour.minPartBytes)
  const made = await writeConditionally({
    ...{ call, behaviour, support: behaviour.conditionalComplete },
    current: () => store.bucket(call.bucket).objects.get(call.key),
    apply: () => {
      const { contentType, metadata } = upload
      const etag = multipartETag(parts.map((part) => part.etag))
      return store.complete(upload, {
        body: Buffer.concat(parts.map((part) => part.body)),
        etag,
        contentType,
        metadata,
      })
    },
  })
  return completionReply(call, made, context)
}

function findUpload({ bucket, key, query }: S3Call, { store }: S3Context): StoredUpload {
  const id = query.get('uploadId') ?? ''
  store.bucket(bucket)
  if (id === '') throw noSuchUpload(id)
  return store.upload(bucket, key, id)
}

/** @throws S3Error MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall */
function chosenParts({ parts }: StoredUpload, xml: string, minPartBytes: number): readonly StoredPart[] {
  const chosen = innerOf(xml, 'Part').map((part) => ({
    number: Number(textsOf(part, 'PartNumber')[0]),
    etag: unquoted(textsOf(part, 'ETag')[0] ?? ''),
  }))
  if (chosen.length === 0) throw new S3Error(400, 'MalformedXML', 'the completion names no part')
  return chosen.map(({ number, etag }, index) => {
    const last = index === chosen.length - 1
    if (!last && number >= (chosen[index + 1]?.number ?? 0)) {
      throw new S3Error(400, 'InvalidPartOrder', `part ${number} does not come before the next`)
    }
    const part = parts.get(number)
    if (part === undefined || part.etag !== etag) {
      throw new S3Error(400, 'InvalidPart', `part ${number} was not uploaded with the ETag ${etag}`)
    }
    if (!last && part.body.byteLength < minPartBytes) {
      throw new S3Error(400, 'EntityTooSmall', `part ${number} has ${part.body.byteLength} bytes`)
    }
    return part
  })
}

function completionReply({ bucket, key, ...call }: S3Call, { etag }: StoredObject, { behaviour }: S3Context) {
  return xmlReply('CompleteMultipartUploadResult', {
    Location: `http://${headerOf({ bucket, key, ...call }, 'host')}/${bucket}/${key}`,
    Bucket: bucket,
    Key: key,
    ETag: behaviour.completeTellsETag ? shownETag(etag, behaviour) : undefined,
  })
}
