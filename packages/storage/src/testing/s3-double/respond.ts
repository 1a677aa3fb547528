/**
 * One request from its first byte to the last of its reply, with the fault it meets on the way.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { drain, readBody } from './body.ts'
import { readCall, type S3Call, type S3Operation } from './call.ts'
import type { S3Fault, S3Faults } from './faults.ts'
import type { S3Context, S3Handler } from './handler.ts'
import { listObjects } from './listing.ts'
import { abortUpload, completeUpload, createUpload, listParts, uploadPart, uploadPartCopy } from './multipart.ts'
import { deleteObject, getObject, headBucket, headObject, putObject } from './objects.ts'
import { errorReply, type S3Reply } from './reply.ts'
import type { RequestLog, S3Request } from './request-log.ts'
import { notImplemented, S3Error } from './s3-error.ts'
import { checkSignature, type S3Credentials } from './signature.ts'

export interface Responder extends S3Context {
  readonly log: RequestLog
  readonly faults: S3Faults
  readonly credentials: S3Credentials
  now(): number
}

const handlers: Readonly<Record<S3Operation, S3Handler>> = {
  HeadBucket: headBucket,
  ListObjectsV2: listObjects,
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: headObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  ListParts: listParts,
  CompleteMultipartUpload: completeUpload,
  AbortMultipartUpload: abortUpload,
  Unknown({ method, rawPath }) {
    throw notImplemented(`${method} ${rawPath}`)
  },
}

export async function respond(request: IncomingMessage, response: ServerResponse, to: Responder): Promise<void> {
  let call: S3Call
  try {
    call = readCall(request)
  } catch (error) {
    return send(response, errorReply(asS3Error(error), {}), {})
  }
  const entry = to.log.add(call)
  try {
    await answer(request, response, call, entry, to)
  } catch {
    // The client went away: nothing was done, and there is nobody to tell.
    request.socket.destroy()
  } finally {
    to.log.end()
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  call: S3Call,
  entry: S3Request,
  to: Responder,
): Promise<void> {
  const fault = to.faults.next(entry)
  await fault.waitFor
  if (fault.delayMs !== undefined) await sleep(fault.delayMs)
  if (fault.reset === 'before') {
    request.socket.resetAndDestroy()
    return
  }
  const reply = await replyTo(request, call, entry, fault, to)
  if (fault.reset === 'after') {
    request.socket.resetAndDestroy()
    return
  }
  entry.status = reply.status
  send(response, reply, fault)
}

async function replyTo(
  request: IncomingMessage,
  call: S3Call,
  entry: S3Request,
  fault: S3Fault,
  to: Responder,
): Promise<S3Reply> {
  if (fault.answer !== undefined) {
    entry.bodyBytes = (await drain(request)).byteLength
    const { status, code, headers } = fault.answer
    return errorReply(new S3Error(status, code, 'as the test wants it', headers), call)
  }
  const announced = Number(request.headers['content-length'] ?? 0)
  try {
    const body = await readBody(request, call)
    entry.bodyBytes = body.byteLength
    if (to.behaviour.checkSignatures) checkSignature(call, to.credentials, to.now())
    const handle = async () => handlers[call.operation](call, body, to)
    if (fault.twice === true) await handle()
    return await handle()
  } catch (error) {
    if (!(error instanceof S3Error)) throw error
    entry.bodyBytes = announced
    return errorReply(error, call)
  }
}

function send(response: ServerResponse, { status, headers, body }: S3Reply, fault: S3Fault): void {
  const isHead = response.req.method === 'HEAD'
  const hasBody = status !== 204 && status !== 304
  response.writeHead(status, { ...headers, ...(hasBody ? { 'content-length': body.byteLength } : {}) })
  const cut = fault.truncateAt
  if (cut !== undefined && cut < body.byteLength) {
    response.write(body.subarray(0, cut), () => response.socket?.destroy())
    return
  }
  const { socket } = response
  response.end(isHead || !hasBody ? undefined : body, () => {
    if (fault.closeAfter === true) socket?.destroy()
  })
}

function asS3Error(error: unknown): S3Error {
  return error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error))
}
