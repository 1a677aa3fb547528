/**
 * Blobs: whether one is there, its bytes, and taking it away (distribution-spec main, end-2 and end-10).
 * @module
 */
import type { Readable } from 'node:stream'
import type { Descriptor, Digest } from '@tsreg/oci'
import type { FetchOptions, OperationOptions } from '@tsreg/oci/content'
import { routePath } from '@tsreg/oci/distribution'
import { broken } from './answers.ts'
import { access, expect, failure, nameOf, type RepositoryContext, urlOf } from './context.ts'
import { download } from './transfers/download.ts'
import { header, succeeded } from './transport/dispatch.ts'

/** True when the repository has the blob. @throws what the registry says besides 404. */
export async function blobExists(
  context: RepositoryContext,
  digest: Digest,
  options: OperationOptions = {},
): Promise<boolean> {
  const request = {
    operation: `look for blob ${digest} in ${nameOf(context)}`,
    method: 'HEAD',
    url: urlOf(context.transport, routePath.blob(context.name, digest)),
    access: access(context, 'pull'),
    signal: options.signal,
  } as const
  const response = await context.transport.dispatch(request)
  if (succeeded(response)) return true
  if (response.status === 404) return false
  throw failure(response, request, 'BLOB_UNKNOWN')
}

/** What the repository has under the digest, as a descriptor without a media type of its own. @throws BLOB_UNKNOWN */
export async function resolveBlob(
  context: RepositoryContext,
  digest: Digest,
  options: OperationOptions = {},
): Promise<Descriptor> {
  const request = {
    operation: `look for blob ${digest} in ${nameOf(context)}`,
    method: 'HEAD',
    url: urlOf(context.transport, routePath.blob(context.name, digest)),
    access: access(context, 'pull'),
    signal: options.signal,
  } as const
  const response = await expect(context.transport.dispatch, request, { statuses: [200], unknown: 'BLOB_UNKNOWN' })
  const size = header(response, 'content-length')
  if (size !== undefined && /^\d{1,15}$/.test(size)) {
    return { mediaType: 'application/octet-stream', digest, size: Number(size) }
  }
  throw broken(response, `${request.operation}: the answer does not tell the size`)
}

/**
 * The bytes from `offset` on. A connection that is cut or stalls is made again and goes on behind what came; redirects
 * are asked for anew each time, since presigned addresses expire. The digest is for the caller to verify.
 * @throws BLOB_UNKNOWN; ClientError PROTOCOL when the server sends another size than the descriptor has.
 */
export function fetchBlob(
  context: RepositoryContext,
  target: Descriptor,
  options: FetchOptions = {},
): Promise<Readable> {
  return download(context.transport, {
    operation: `fetch blob ${target.digest} of ${nameOf(context)}`,
    url: urlOf(context.transport, routePath.blob(context.name, target.digest)),
    access: access(context, 'pull'),
    unknown: 'BLOB_UNKNOWN',
    mediaType: target.mediaType,
    size: target.size,
    offset: options.offset ?? 0,
    signal: options.signal,
  })
}

/** @throws BLOB_UNKNOWN, UNSUPPORTED, REFERENCED */
export async function deleteBlob(
  context: RepositoryContext,
  digest: Digest,
  options: OperationOptions = {},
): Promise<void> {
  const request = {
    operation: `delete blob ${digest} of ${nameOf(context)}`,
    method: 'DELETE',
    url: urlOf(context.transport, routePath.blob(context.name, digest)),
    access: access(context, 'delete'),
    signal: options.signal,
  } as const
  await expect(context.transport.dispatch, request, { statuses: [202, 200, 204], unknown: 'BLOB_UNKNOWN' })
}
