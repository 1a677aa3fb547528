/**
 * Reads what a registry answers about a manifest: its digest, proven, and its type.
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
  mediaTypes,
  OciError,
  parseMediaType,
} from '@tsreg/oci'
import { checkManifestType } from '@tsreg/oci/image'
import { broken, isObject, type JsonObject, parseJson } from './answers.ts'
import { header, type RegistryResponse } from './transport/dispatch.ts'
import { redactText } from './transport/redact.ts'

/** What a HEAD tells of a manifest; undefined unless it is all of digest, size and type. */
export function describedBy(response: RegistryResponse, reference: string): Descriptor | undefined {
  const digest = header(response, 'docker-content-digest')
  const size = header(response, 'content-length')
  const mediaType = parseMediaType(header(response, 'content-type'))
  if (digest === undefined || !isDigest(digest) || size === undefined || !/^\d{1,15}$/.test(size)) return undefined
  if (!isManifestType(mediaType)) return undefined
  if (isDigest(reference) && reference !== digest) return undefined
  return { mediaType, digest, size: Number(size) }
}

/**
 * The digest of the bytes, which is the one that was asked for, or else announced. @throws DIGEST_INVALID; ClientError
 * PROTOCOL when the bytes are no manifest anyway.
 */
export function verifiedDigest(response: RegistryResponse, reference: string, operation: string): Digest {
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
export function mediaTypeOf(response: RegistryResponse, operation: string): string {
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

/** DIGEST_INVALID with both digests. */
export function mismatch(operation: string, expected: string, received: string): OciError {
  return new OciError('DIGEST_INVALID', `${operation}: expected ${expected}, got ${received.slice(0, 200)}`, {
    detail: { expected, received: received.slice(0, 200) },
  })
}

/** True for digests that can be compared. */
export function sameAlgorithm(one: string, other: string): boolean {
  return one.slice(0, one.indexOf(':')) === other.slice(0, other.indexOf(':'))
}
