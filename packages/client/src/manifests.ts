/**
 * Manifests (distribution-spec main, end-3, end-7 and end-9): small enough for memory, verified before they are
 * returned.
 * @module
 */
import { algorithmOf, type Descriptor, type Digest, digestOf, isDigest, manifestAcceptTypes } from '@tsreg/oci'
import { maxManifestBytes, type OperationOptions } from '@tsreg/oci/content'
import { routePath } from '@tsreg/oci/distribution'
import { access, expect, failure, nameOf, type RepositoryContext, urlOf } from './context.ts'
import { describedBy, mediaTypeOf, mismatch, sameAlgorithm, verifiedDigest } from './manifest-answers.ts'
import { header, headerValues, succeeded } from './transport/dispatch.ts'

export interface FetchedManifest {
  readonly descriptor: Descriptor
  /** Exactly as the registry has them. */
  readonly bytes: Uint8Array
  /** For conditional pushes, where the registry gives one. */
  readonly etag?: string | undefined
}

export interface FetchManifestOptions extends OperationOptions {
  /** Media types wanted, best first. Default: the four of images and indexes. */
  readonly accept?: readonly string[] | undefined
}

/**
 * @param reference a tag or a digest.
 * @throws MANIFEST_UNKNOWN; DIGEST_INVALID when the bytes are not those of the digest asked for or announced;
 * MANIFEST_INVALID for schema 1; ClientError PROTOCOL when it is no manifest at all, TOO_LARGE.
 */
export async function fetchManifest(
  context: RepositoryContext,
  reference: string,
  options: FetchManifestOptions = {},
): Promise<FetchedManifest> {
  const request = requestOf(context, 'GET', reference, options)
  const response = await expect(context.transport.dispatch, request, {
    statuses: [200],
    unknown: 'MANIFEST_UNKNOWN',
  })
  const { bytes } = response
  const digest = verifiedDigest(response, reference, request.operation)
  const mediaType = mediaTypeOf(response, request.operation)
  return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes, etag: header(response, 'etag') }
}

/** What the reference names, by HEAD where the registry answers it completely. @throws MANIFEST_UNKNOWN */
export async function resolveManifest(
  context: RepositoryContext,
  reference: string,
  options: OperationOptions = {},
): Promise<Descriptor> {
  const request = requestOf(context, 'HEAD', reference, options)
  const response = await context.transport.dispatch(request)
  const described = succeeded(response) ? describedBy(response, reference) : undefined
  if (described !== undefined) return described
  // A registry that answers HEAD with less, or not at all, may still know GET.
  if (succeeded(response) || response.status === 405 || response.status === 400 || response.status === 501) {
    return (await fetchManifest(context, reference, options)).descriptor
  }
  throw failure(response, request, 'MANIFEST_UNKNOWN')
}

export async function manifestExists(
  context: RepositoryContext,
  digest: Digest,
  options: FetchManifestOptions = {},
): Promise<boolean> {
  const request = requestOf(context, 'HEAD', digest, options)
  const response = await context.transport.dispatch(request)
  if (succeeded(response)) return true
  if (response.status === 404) return false
  throw failure(response, request, 'MANIFEST_UNKNOWN')
}

export interface PushManifestOptions extends OperationOptions {
  readonly mediaType: string
  readonly bytes: Uint8Array
  /** Where to: a tag, or the digest. */
  readonly reference: string
  /** ETag that the tag must have. */
  readonly ifMatch?: string | undefined
  /** `*`: the tag must not exist. */
  readonly ifNoneMatch?: string | undefined
}

export interface PushedManifest {
  readonly digest: Digest
  /** The registry lists the manifest as a referrer of this one. */
  readonly subject?: Digest | undefined
}

/** @throws MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN, PRECONDITION_FAILED, MANIFEST_TOO_LARGE; DIGEST_INVALID when the registry stored other bytes. */
export async function putManifest(context: RepositoryContext, options: PushManifestOptions): Promise<PushedManifest> {
  const { bytes, mediaType, reference } = options
  const byDigest = isDigest(reference)
  const digest = digestOf(bytes, byDigest ? algorithmOf(reference) : 'sha256')
  const operation = `push manifest ${reference} to ${nameOf(context)}`
  if (byDigest && digest !== reference) throw mismatch(operation, reference, digest)
  const request = {
    operation,
    method: 'PUT',
    url: urlOf(context.transport, routePath.manifest(context.name, reference)),
    access: access(context, 'pull', 'push'),
    headers: {
      'content-type': mediaType,
      ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }),
      ...(options.ifNoneMatch === undefined ? {} : { 'if-none-match': options.ifNoneMatch }),
    },
    body: { size: bytes.byteLength, open: () => once(bytes) },
    signal: options.signal,
  } as const
  const response = await expect(context.transport.dispatch, request, {
    statuses: [201, 200, 202, 204],
    unknown: 'NAME_UNKNOWN',
  })
  const named = header(response, 'docker-content-digest')
  if (named !== undefined && sameAlgorithm(named, digest) && named !== digest) throw mismatch(operation, digest, named)
  const subject = headerValues(response, 'oci-subject').find(isDigest)
  return subject === undefined ? { digest } : { digest, subject }
}

/** By digest also the tags that name it go. @throws MANIFEST_UNKNOWN, UNSUPPORTED */
export async function deleteManifest(
  context: RepositoryContext,
  digest: Digest,
  options: OperationOptions = {},
): Promise<void> {
  const request = {
    operation: `delete manifest ${digest} of ${nameOf(context)}`,
    method: 'DELETE',
    url: urlOf(context.transport, routePath.manifest(context.name, digest)),
    access: access(context, 'delete'),
    signal: options.signal,
  } as const
  await expect(context.transport.dispatch, request, { statuses: [202, 200, 204], unknown: 'MANIFEST_UNKNOWN' })
}

function requestOf(
  context: RepositoryContext,
  method: 'GET' | 'HEAD',
  reference: string,
  options: FetchManifestOptions,
) {
  return {
    operation: `${method === 'GET' ? 'fetch' : 'resolve'} manifest ${reference} of ${nameOf(context)}`,
    method,
    url: urlOf(context.transport, routePath.manifest(context.name, reference)),
    access: access(context, 'pull'),
    headers: { accept: [...new Set([...(options.accept ?? []), ...manifestAcceptTypes])].join(', ') },
    maxBytes: maxManifestBytes,
    signal: options.signal,
  } as const
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
