/**
 * What every operation on a repository needs to know, and the two things it learns for the next one.
 * @module
 */
import type { Digest, ErrorCode, OciError } from '@tsreg/oci'
import type { Access } from '@tsreg/oci/distribution'
import type { ClientError } from './errors.ts'
import type { Dispatch, RegistryRequest, RegistryResponse } from './transport/dispatch.ts'
import { responseError } from './transport/response-error.ts'
import type { Transport } from './transport/transport.ts'
import type { UploadSession } from './upload-session.ts'

/** Learned about a registry, shared by its repositories. */
export interface RegistryMemory {
  /** Largest request of an upload, where larger ones were refused. */
  chunkBytes: number | undefined
}

export interface RepositoryContext {
  readonly transport: Transport
  readonly name: string
  readonly registry: RegistryMemory
  /** Sessions that a refused mount opened, waiting for the push of that blob. */
  readonly sessions: Map<Digest, UploadSession>
  /** Blobs that were just found missing, so that their push need not look again. */
  readonly missing: Set<Digest>
  /** Whether the registry keeps referrers itself; undefined until it showed. */
  referrersApi: boolean | undefined
}

/** An address of the registry: a path of `routePath`, and query parameters where their value is defined. */
export function urlOf(
  { base }: Pick<Transport, 'base'>,
  path: string,
  query: Readonly<Record<string, string | number | undefined>> = {},
): URL {
  const url = new URL(path, base)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}

/** `host/name`, for messages. */
export function nameOf({ transport, name }: Pick<RepositoryContext, 'transport' | 'name'>): string {
  return `${transport.host}/${name}`
}

/** Rights to this repository. */
export function access(context: Pick<RepositoryContext, 'name'>, ...actions: readonly string[]): readonly Access[] {
  return [{ type: 'repository', name: context.name, actions }]
}

export interface Expected {
  /** The statuses of success. */
  readonly statuses: readonly number[]
  /** The code of a 404 that says no more. */
  readonly unknown: ErrorCode
}

/** Sends the request. @throws what the registry answered, unless it is one of the expected statuses. */
export async function expect(
  dispatch: Dispatch,
  request: RegistryRequest,
  { statuses, unknown }: Expected,
): Promise<RegistryResponse> {
  const response = await dispatch(request)
  if (statuses.includes(response.status)) return response
  throw failure(response, request, unknown)
}

export function failure(
  response: RegistryResponse,
  request: Pick<RegistryRequest, 'operation'>,
  unknown: ErrorCode,
): OciError | ClientError {
  return responseError(response, { operation: request.operation, unknown })
}
