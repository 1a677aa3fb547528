/**
 * One upload session (distribution-spec main, end-5, end-6, end-13 and end-14): bytes, end, status, cancellation.
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import { type Digest, isOciError, OciError, parseSupportedDigest } from '@tsreg/oci'
import { parseUploadRange } from '@tsreg/oci/distribution'
import type { AppendOptions, ResumeOptions, Upload } from '@tsreg/storage'
import type { Exchange } from '../exchange.ts'
import type { Endpoint } from '../middleware/authorize.ts'
import { announcedSize, openUploadBody } from '../middleware/body.ts'
import { hasBody } from '../middleware/refuse-body.ts'
import { send } from '../reply.ts'
import { repositoryOf } from './parameters.ts'
import { toPush } from './rights.ts'
import { sendCreated, uploadHeaders } from './uploads.ts'

/** A client that was cut off may ask while its last bytes are being saved: so long the answer waits for them. */
const patienceMs = 5000

export const getUpload: Endpoint = {
  access: toPush,
  async handle(exchange) {
    send(exchange, 204, uploadHeaders(exchange, await resumeSettled(exchange)))
  },
}

/** A body without `Content-Range` goes on where the session is. What arrived before a connection broke is kept. */
export const patchUpload: Endpoint = {
  access: toPush,
  async handle(exchange) {
    const upload = await resumeFor(exchange)
    const chunk = chunkOf(exchange, upload)
    const offset = await tellingProgress(exchange, () => upload.append(openUploadBody(exchange), chunk))
    send(exchange, 202, uploadHeaders(exchange, { id: upload.id, offset }))
  },
}

/** Ends the session, with or without last bytes. After a wrong digest the session is as it was before the request. */
export const putUpload: Endpoint = {
  access: toPush,
  async handle(exchange) {
    const digest = digestParameter(exchange)
    const upload = await resumeFor(exchange)
    const chunk = chunkOf(exchange, upload)
    const last = hasBody(exchange.request.headers) ? { ...chunk, content: openUploadBody(exchange) } : {}
    await tellingProgress(exchange, () => upload.commit(digest, last))
    sendCreated(exchange, digest)
  },
}

export const deleteUpload: Endpoint = {
  access: toPush,
  async handle(exchange) {
    const upload = await resume(exchange)
    await upload.cancel()
    send(exchange, 204, [])
  },
}

function resume(exchange: Exchange, options: ResumeOptions = {}): Promise<Upload> {
  const { route } = exchange
  return repositoryOf(exchange).uploads.resume(route?.kind === 'upload' ? route.id : '', options)
}

/** The upload where the chunk of the request goes on; where it seems not to, that is looked at again when all is saved. */
async function resumeFor(exchange: Exchange): Promise<Upload> {
  const upload = await resume(exchange)
  const header = exchange.request.headers['content-range']
  if (header === undefined || header.startsWith(`${upload.offset}-`)) return upload
  return await resumeSettled(exchange)
}

/** The upload when nobody adds to it any more, or patience ends. */
async function resumeSettled(exchange: Exchange): Promise<Upload> {
  // What came over another connection before this request may still have to be read: to accept a connection, to read it
  // and to handle the request takes a turn of the event loop each.
  for (let turn = 0; turn < 3; turn++) await setImmediate()
  return await resume(exchange, { patienceMs })
}

/** @throws DIGEST_INVALID */
function digestParameter({ query }: Exchange): Digest {
  const text = query.get('digest')
  if (text !== null) return parseSupportedDigest(text)
  throw new OciError(
    'DIGEST_INVALID',
    'the closing PUT has no digest parameter; add ?digest=<digest of the whole blob>',
  )
}

/**
 * What the request says about its bytes, checked against the session before any of them is read.
 * @throws RANGE_INVALID, answered 416 with the place where the session is; SIZE_INVALID
 */
function chunkOf(exchange: Exchange, upload: Upload): Omit<AppendOptions, 'signal'> {
  const size = announcedSize(exchange)
  const known = size === undefined ? {} : { size }
  const header = exchange.request.headers['content-range']
  if (header === undefined) return known
  exchange.errorHeaders = uploadHeaders(exchange, upload)
  const { start, end } = parseUploadRange(header)
  if (start !== upload.offset) throw outOfOrder(upload, header)
  const length = end - start + 1
  if (size !== undefined && size !== length) {
    throw new OciError('SIZE_INVALID', `Content-Range ${header} names ${length} bytes, Content-Length ${size}`, {
      detail: { contentRange: header, contentLength: size },
    })
  }
  exchange.errorHeaders = undefined
  return { start, size: length }
}

function outOfOrder({ id, offset }: Upload, header: string): OciError {
  return new OciError('RANGE_INVALID', `upload ${id} is at ${offset}, the chunk ${header} is not what comes next`, {
    detail: { upload: id, offset, contentRange: header },
  })
}

/** Another request on the same session may have been faster: the answer then tells where the session is now. */
async function tellingProgress<T>(exchange: Exchange, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isOciError(error, 'RANGE_INVALID')) exchange.errorHeaders = uploadHeaders(exchange, await resume(exchange))
    throw error
  }
}
