/**
 * Manifests (distribution-spec main, end-3, end-7 and end-9): small enough for memory, verified before they are
 * returned.
 * @module
 */
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  digestOf,
  isDigest,
  isManifestType,
  isSchema1Type,
  manifestAcceptTypes,
  mediaTypes,
  OciError,
  parseMediaType,
} from '@tsreg/oci'
import { maxManifestBytes, type OperationOptions } from '@tsreg/oci/content'
import { routePath } from '@tsreg/oci/distribution'
import { checkManifestType } from '@tsreg/oci/image'
import { broken, isObject, type JsonObject, parseJson } from './answers.ts'
import { access, expect, failure, nameOf, type RepositoryContext, urlOf } from './context.ts'
import { header, headerValues, type RegistryResponse, succeeded } from './transport/dispatch.ts'
import { redactText } from './transport/redact.ts'

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

function describedBy(response: RegistryResponse, reference: string): Descriptor | undefined {
  const digest = header(response, 'docker-content-digest')
  const size = header(response, 'content-length')
  const mediaType = parseMediaType(header(response, 'content-type'))
  if (digest === undefined || !isDigest(digest) || size === undefined || !/^\d{1,15}$/.test(size)) return undefined
  if (!isManifestType(mediaType)) return undefined
  if (isDigest(reference) && reference !== digest) return undefined
  return { mediaType, digest, size: Number(size) }
}

function verifiedDigest(response: RegistryResponse, reference: string, operation: string): Digest {
  const named = header(response, 'docker-content-digest')
  const expected = isDigest(reference) ? reference : named !== undefined && isDigest(named) ? named : undefined
  if (expected === undefined) return digestOf(response.bytes)
  const digest = digestOf(response.bytes, algorithmOf(expected))
  if (digest === expected) return digest
  const object = readManifest(response)
  if (object === undefined) throw noManifest(response, operation)
  throw mismatch(operation, expected, digest)
}

/**
 * The type that the document says, else that of the answer, else what its fields show. No more is read of it: what is
 * odd elsewhere in a manifest is for who uses that part. @throws MANIFEST_INVALID
 */
function mediaTypeOf(response: RegistryResponse, operation: string): string {
  const manifest = readManifest(response)
  if (manifest === undefined) throw noManifest(response, operation)
  const announced = parseMediaType(header(response, 'content-type'))
  const own = typeof manifest.mediaType === 'string' ? manifest.mediaType : undefined
  if (manifest.schemaVersion === 1 || isSchema1Type(announced)) return checkManifestType(mediaTypes.dockerSchema1)
  // Registries of the field also say application/json or text/plain, which says nothing.
  if (!announced.includes('vnd.')) return own ?? typeByShape(manifest)
  if (own === undefined || own === announced) return announced
  throw new OciError(
    'MANIFEST_INVALID',
    `${operation}: it calls itself ${redactText(own, 200)}, the registry ${announced}`,
    {
      detail: { expected: announced, received: own.slice(0, 200) },
    },
  )
}

function typeByShape(manifest: JsonObject): string {
  return 'manifests' in manifest ? mediaTypes.ociIndex : mediaTypes.ociManifest
}

function readManifest(response: RegistryResponse): JsonObject | undefined {
  const value = parseJson(response.bytes)
  return isObject(value) && value.schemaVersion !== undefined ? value : undefined
}

function noManifest(response: RegistryResponse, operation: string): Error {
  const type = header(response, 'content-type') ?? 'no type'
  const start = Buffer.from(response.bytes.subarray(0, 200)).toString().trim().slice(0, 80)
  return broken(response, `${operation}: the answer is no manifest but ${type}: ${JSON.stringify(start)}`)
}

function mismatch(operation: string, expected: string, received: string): OciError {
  return new OciError('DIGEST_INVALID', `${operation}: expected ${expected}, got ${received.slice(0, 200)}`, {
    detail: { expected, received: received.slice(0, 200) },
  })
}

function sameAlgorithm(one: string, other: string): boolean {
  return one.slice(0, one.indexOf(':')) === other.slice(0, other.indexOf(':'))
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
