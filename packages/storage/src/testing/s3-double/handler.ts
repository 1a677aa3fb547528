/**
 * What the operations are given to work on.
 * @module
 */
import type { S3Behaviour } from './behaviour.ts'
import { headerOf, type S3Call } from './call.ts'
import type { S3Reply } from './reply.ts'
import type { ObjectHeaders, S3Store } from './store.ts'

export interface S3Context {
  readonly store: S3Store
  readonly behaviour: S3Behaviour
}

export type S3Handler = (call: S3Call, body: Buffer, context: S3Context) => S3Reply | Promise<S3Reply>

/** An ETag as this server writes it in a reply. */
export function shownETag(etag: string, { quotedETags }: S3Behaviour): string {
  return quotedETags ? `"${etag}"` : etag
}

/** What PutObject and CreateMultipartUpload say about the object to be. */
export function objectHeaders(call: S3Call): ObjectHeaders {
  const metadata = Object.keys(call.headers)
    .filter((name) => name.startsWith(metadataPrefix))
    .map((name) => [name.slice(metadataPrefix.length), headerOf(call, name) ?? ''])
  const contentType = headerOf(call, 'content-type') ?? 'binary/octet-stream'
  return { contentType, metadata: Object.fromEntries(metadata) }
}

const metadataPrefix = 'x-amz-meta-'
