/**
 * What goes back: status, headers, and a body in one piece.
 * @module
 */
import type { S3Call } from './call.ts'
import type { S3Error } from './s3-error.ts'
import { type XmlElements, xmlDocument } from './xml.ts'

export interface S3Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Of a reply to HEAD: what GET would send, for its length. */
  readonly body: Buffer
}

export function emptyReply(status: number, headers: Readonly<Record<string, string>> = {}): S3Reply {
  return { status, headers, body: Buffer.alloc(0) }
}

export function xmlReply(root: string, elements: XmlElements, status = 200): S3Reply {
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(xmlDocument(root, elements)) }
}

export function errorReply({ status, code, message, headers }: S3Error, { bucket, key }: Partial<S3Call>): S3Reply {
  const reply = xmlReply('Error', { Code: code, Message: message, BucketName: bucket, Key: key }, status)
  return { ...reply, headers: { ...reply.headers, ...headers } }
}
