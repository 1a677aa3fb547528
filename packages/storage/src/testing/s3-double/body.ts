/**
 * Bodies of requests: whole, of the announced length, and checked against every hash that came with them.
 * @module
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { headerOf, type S3Call } from './call.ts'
import { S3Error } from './s3-error.ts'

/**
 * @throws S3Error MissingContentLength for a body of unknown length or in signed chunks (which Ceph and Swift refuse),
 * XAmzContentSHA256Mismatch, BadDigest; Error when the client went away
 */
export async function readBody(request: IncomingMessage, call: S3Call): Promise<Buffer> {
  const body = await drain(request)
  const chunked = headerOf(call, 'x-amz-content-sha256')?.startsWith('STREAMING-') === true
  if (chunked || (call.method === 'PUT' && headerOf(call, 'content-length') === undefined)) {
    throw new S3Error(411, 'MissingContentLength', 'the length of the content must come before it')
  }
  checkHashes(call, body)
  return body
}

/** Reads to the end, whatever it is. @throws Error when the client went away */
export async function drain(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function checkHashes(call: S3Call, body: Buffer): void {
  const hash = (algorithm: string, encoding: 'hex' | 'base64') => createHash(algorithm).update(body).digest(encoding)
  const claimed = headerOf(call, 'x-amz-content-sha256')
  if (claimed !== undefined && claimed !== 'UNSIGNED-PAYLOAD' && claimed !== hash('sha256', 'hex')) {
    throw new S3Error(400, 'XAmzContentSHA256Mismatch', 'the content has another SHA-256 than the one that was signed')
  }
  const checksum = headerOf(call, 'x-amz-checksum-sha256')
  if (checksum !== undefined && checksum !== hash('sha256', 'base64')) {
    throw new S3Error(400, 'BadDigest', 'the content has another SHA-256 than its checksum says')
  }
  const contentMd5 = headerOf(call, 'content-md5')
  if (contentMd5 !== undefined && contentMd5 !== hash('md5', 'base64')) {
    throw new S3Error(400, 'BadDigest', 'the content has another MD5 than Content-MD5 says')
  }
}
