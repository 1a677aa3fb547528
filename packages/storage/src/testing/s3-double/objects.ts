/**
 * PutObject, GetObject, HeadObject, DeleteObject, HeadBucket.
 * @module
 */
import { headerOf, type S3Call } from './call.ts'
import { checkRead, writeConditionally } from './conditions.ts'
import { objectHeaders, type S3Context, type S3Handler, shownETag } from './handler.ts'
import { emptyReply } from './reply.ts'
import { noSuchKey, S3Error } from './s3-error.ts'
import { md5, type StoredObject } from './store.ts'

export const headBucket: S3Handler = ({ bucket }, _, { store }) => {
  store.bucket(bucket)
  return emptyReply(200)
}

export const putObject: S3Handler = async (call, body, { store, behaviour }) => {
  const { bucket, key } = call
  const { objects } = store.bucket(bucket)
  if (Buffer.byteLength(key) > 1024) throw new S3Error(400, 'KeyTooLongError', 'the key has over 1024 bytes')
  const { etag } = await writeConditionally({
    ...{ call, behaviour, support: behaviour.conditionalPut },
    current: () => objects.get(key),
    apply: () => store.put(bucket, key, { body, etag: md5(body), ...objectHeaders(call) }),
  })
  return emptyReply(200, { etag: shownETag(etag, behaviour) })
}

export const deleteObject: S3Handler = async (call, _, { store, behaviour }) => {
  const { bucket, key } = call
  const { objects } = store.bucket(bucket)
  await writeConditionally({
    ...{ call, behaviour, support: behaviour.conditionalDelete },
    current: () => objects.get(key),
    apply: () => store.delete(bucket, key),
  })
  return emptyReply(204)
}

export const headObject: S3Handler = (call, _, context) => {
  const found = findObject(call, context)
  return { status: 200, headers: headersOf(found, context), body: found.body }
}

export const getObject: S3Handler = (call, _, context) => {
  const found = findObject(call, context)
  const headers = { ...headersOf(found, context), ...overriddenHeaders(call) }
  const size = found.body.byteLength
  const range = rangeOf(headerOf(call, 'range'), size)
  if (range === undefined) return { status: 200, headers, body: found.body }
  const [start, end] = range
  const contentRange = { 'content-range': `bytes ${start}-${end}/${size}` }
  return { status: 206, headers: { ...headers, ...contentRange }, body: found.body.subarray(start, end + 1) }
}

function findObject(call: S3Call, { store }: S3Context): StoredObject {
  const found = store.bucket(call.bucket).objects.get(call.key)
  if (found === undefined) throw noSuchKey(call.key)
  checkRead(call, found)
  return found
}

function headersOf({ etag, modifiedMs, contentType, metadata }: StoredObject, { behaviour }: S3Context) {
  return {
    etag: shownETag(etag, behaviour),
    'last-modified': new Date(modifiedMs).toUTCString(),
    'content-type': contentType,
    'accept-ranges': 'bytes',
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  }
}

/** `response-content-type=...` and its like in the query. */
function overriddenHeaders({ query }: S3Call): Record<string, string> {
  const given = [...query].filter(([name]) => name.startsWith('response-'))
  return Object.fromEntries(given.map(([name, value]) => [name.slice('response-'.length), value]))
}

/** First and last byte; undefined when there is no range, or none that S3 looks at. @throws S3Error InvalidRange */
function rangeOf(header: string | undefined, size: number): readonly [number, number] | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || first + last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < start) return undefined
  if (start < size && !(first === '' && Number(last) === 0)) return [start, end]
  throw new S3Error(416, 'InvalidRange', 'the range lies outside the object', { 'content-range': `bytes */${size}` })
}
