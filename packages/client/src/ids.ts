/**
 * Images by the beginning of their ID or digest: the `_tsreg` extension of a tsreg registry. Other registries cannot
 * tell.
 * @module
 */
import { type Digest, encodedOf, isDigest, isRepositoryName, isTag, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { type Access, routePath } from '@tsreg/oci/distribution'
import { broken, isObject, readObject } from './answers.ts'
import { expect, urlOf } from './context.ts'
import { isClientError } from './errors.ts'
import type { RegistryResponse } from './transport/dispatch.ts'
import type { Transport } from './transport/transport.ts'

/** A manifest whose image ID, or whose own digest, begins with the prefix. */
export interface IdMatch {
  readonly repository: string
  /** Digest of the manifest. */
  readonly digest: Digest
  /** Digest of the image config; absent for indexes and artifacts. */
  readonly imageId?: Digest | undefined
  readonly mediaType: string
  /** Bytes of the manifest and, for an image, of its config and layers. */
  readonly size: number
  readonly tags: readonly string[]
}

/**
 * @param name searches this repository only; absent: all that the caller may pull.
 * @param prefix lower-case hex digits, at least 4 for a tsreg registry.
 * @returns what the registry says; that an image has the ID that it is said to have is for its config to prove.
 * @throws UNSUPPORTED when the registry has no such extension; DIGEST_INVALID for a prefix that is none or too short;
 * ClientError PROTOCOL for matches that do not begin so.
 */
export async function findId(
  transport: Transport,
  name: string | undefined,
  prefix: string,
  options: OperationOptions = {},
): Promise<readonly IdMatch[]> {
  if (!/^[0-9a-f]{1,128}$/.test(prefix)) {
    throw new OciError('DIGEST_INVALID', `not the beginning of an ID: ${JSON.stringify(prefix.slice(0, 200))}`)
  }
  const request = {
    operation: `find images that begin with ${prefix} in ${transport.host}${name === undefined ? '' : `/${name}`}`,
    method: 'GET',
    url: urlOf(transport, routePath.ids(name, prefix)),
    access: accessTo(name),
    headers: { accept: 'application/json' },
    signal: options.signal,
  } as const
  const response = await expect(transport.dispatch, request, { statuses: [200, 404], unknown: 'UNSUPPORTED' }).catch(
    (error: unknown) => {
      throw isClientError(error, 'PROTOCOL') ? unsupported(transport, error) : error
    },
  )
  if (response.status === 404) throw unsupported(transport)
  return readMatches(response, request.operation, { name, prefix })
}

function accessTo(name: string | undefined): readonly Access[] {
  return name === undefined ? [] : [{ type: 'repository', name, actions: ['pull'] }]
}

interface Wanted {
  readonly name: string | undefined
  readonly prefix: string
}

function readMatches(response: RegistryResponse, operation: string, wanted: Wanted): readonly IdMatch[] {
  const { matches } = readObject(response, operation)
  if (!Array.isArray(matches)) throw broken(response, `${operation}: the answer has no list of matches`)
  return matches.map((match) => {
    if (isMatch(match) && isWanted(match, wanted)) return match
    throw broken(response, `${operation}: an entry of the answer is no match`)
  })
}

/** The answer decides what an image is taken for, so it must be one to the question. */
function isWanted({ repository, digest, imageId }: IdMatch, { name, prefix }: Wanted): boolean {
  const beginsSo = (each: Digest | undefined) => each !== undefined && encodedOf(each).startsWith(prefix)
  return (beginsSo(digest) || beginsSo(imageId)) && (name === undefined || repository === name)
}

function isMatch(value: unknown): value is IdMatch {
  return (
    isObject(value) &&
    typeof value.repository === 'string' &&
    isRepositoryName(value.repository) &&
    typeof value.digest === 'string' &&
    isDigest(value.digest) &&
    (value.imageId === undefined || (typeof value.imageId === 'string' && isDigest(value.imageId))) &&
    typeof value.mediaType === 'string' &&
    typeof value.size === 'number' &&
    Array.isArray(value.tags) &&
    value.tags.every((tag) => typeof tag === 'string' && isTag(tag))
  )
}

function unsupported(transport: Transport, cause?: unknown): OciError {
  return new OciError('UNSUPPORTED', `${transport.host} cannot look up images by ID; name a tag or a whole digest`, {
    detail: { host: transport.host },
    cause,
  })
}
