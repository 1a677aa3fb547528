/**
 * The requests of one upload session (distribution-spec main, end-4, 5, 6, 13 and 14), without any policy.
 * @module
 */
import { algorithmOf, type Descriptor, type Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { parseUploadedRange, routePath } from '@tsreg/oci/distribution'
import { broken } from './answers.ts'
import { access, failure, nameOf, type RepositoryContext, urlOf } from './context.ts'
import { ClientError } from './errors.ts'
import {
  header,
  type RegistryRequest,
  type RegistryResponse,
  type RequestBody,
  succeeded,
} from './transport/dispatch.ts'
import { redactUrl } from './transport/redact.ts'

/** An upload that the registry knows. */
export interface UploadSession {
  /** The newest address that the registry gave: its query is kept, as it may hold the state. */
  location: URL
  /** Chunks but the last must not be smaller; 0 where the registry does not say. */
  readonly minChunkBytes: number
}

/** Bytes `start` to `start + body.size - 1` of the content. */
export interface Chunk {
  readonly start: number
  readonly body: RequestBody
}

const cancelTimeoutMs = 5000

/** @throws what the registry answered. */
export async function startUpload(
  context: RepositoryContext,
  digest: Digest,
  options: OperationOptions = {},
): Promise<UploadSession> {
  const algorithm = algorithmOf(digest)
  const request: RegistryRequest = {
    operation: `start an upload of ${digest} to ${nameOf(context)}`,
    method: 'POST',
    url: urlOf(context.transport, routePath.uploads(context.name), {
      'digest-algorithm': algorithm === 'sha256' ? undefined : algorithm,
    }),
    access: access(context, 'pull', 'push'),
    // A session too many is forgotten by the registry.
    repeat: 'always',
    signal: options.signal,
  }
  const response = await context.transport.dispatch(request)
  if (response.status !== 202) throw failure(response, request, 'NAME_UNKNOWN')
  return sessionOf(response, request, context)
}

/** Mounts the blob; where the registry would not, the session that it opened instead, or undefined without one. */
export async function mountOrStart(
  context: RepositoryContext,
  digest: Digest,
  from: string,
  options: OperationOptions = {},
): Promise<'mounted' | UploadSession | undefined> {
  const request: RegistryRequest = {
    operation: `mount blob ${digest} from ${from} in ${nameOf(context)}`,
    method: 'POST',
    url: urlOf(context.transport, routePath.uploads(context.name), { mount: digest, from }),
    access: [...access(context, 'pull', 'push'), ...access({ name: from }, 'pull')],
    repeat: 'always',
    signal: options.signal,
  }
  const response = await context.transport.dispatch(request)
  if (response.status === 201) return 'mounted'
  if (response.status === 202) return sessionOf(response, request, context)
  // A source that may not be read, or a registry that does not mount: the push that follows tells what is wrong.
  if (response.status >= 400 && response.status < 500 && response.status !== 429) return undefined
  throw failure(response, request, 'NAME_UNKNOWN')
}

/** The whole content and the end of the upload in one request. */
export function putWhole(
  context: RepositoryContext,
  session: UploadSession,
  target: Descriptor,
  body: RequestBody | undefined,
  options: OperationOptions = {},
): Promise<RegistryResponse> {
  const url = new URL(session.location)
  url.searchParams.set('digest', target.digest)
  return context.transport.dispatch({
    operation: `push blob ${target.digest} to ${nameOf(context)}`,
    method: 'PUT',
    url,
    access: access(context, 'pull', 'push'),
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/octet-stream' }, body }),
    repeat: body === undefined ? 'always' : 'never',
    signal: options.signal,
  })
}

/** One chunk. Never repeated blindly: where the upload stands must be asked first. */
export async function patchChunk(
  context: RepositoryContext,
  session: UploadSession,
  target: Descriptor,
  { start, body }: Chunk,
  options: OperationOptions = {},
): Promise<RegistryResponse> {
  const request: RegistryRequest = {
    operation: `push bytes ${start}-${start + body.size - 1} of blob ${target.digest} to ${nameOf(context)}`,
    method: 'PATCH',
    url: session.location,
    access: access(context, 'pull', 'push'),
    headers: {
      'content-type': 'application/octet-stream',
      'content-range': `${start}-${start + body.size - 1}`,
    },
    body,
    repeat: 'never',
    signal: options.signal,
  }
  const response = await context.transport.dispatch(request)
  if (succeeded(response)) moveTo(session, response, request, context)
  return response
}

/** Bytes that the registry has; undefined when it does not know the session. `0-0` may be one byte or none. */
export async function uploadedBytes(
  context: RepositoryContext,
  session: UploadSession,
  options: OperationOptions = {},
): Promise<number | undefined> {
  const request: RegistryRequest = {
    operation: `ask how far an upload to ${nameOf(context)} has come`,
    method: 'GET',
    url: session.location,
    access: access(context, 'pull', 'push'),
    signal: options.signal,
  }
  const response = await context.transport.dispatch(request)
  if (response.status === 404 || response.status === 405 || response.status === 400) return undefined
  if (!succeeded(response)) throw failure(response, request, 'BLOB_UPLOAD_UNKNOWN')
  moveTo(session, response, request, context)
  return offsetOf(response, request.operation)
}

/** Bytes that the `Range` of an answer tells; undefined without one. @throws ClientError PROTOCOL */
export function offsetOf(response: RegistryResponse, operation: string): number | undefined {
  const range = header(response, 'range')
  if (range === undefined) return undefined
  try {
    return parseUploadedRange(range)
  } catch {
    throw broken(response, `${operation}: the Range ${JSON.stringify(range.slice(0, 100))} is not of the form 0-<last>`)
  }
}

/** Tells the registry that nothing more comes. What goes wrong with that is of no interest. */
export async function cancelUpload(context: RepositoryContext, session: UploadSession): Promise<void> {
  await context.transport
    .dispatch({
      operation: `cancel an upload to ${nameOf(context)}`,
      method: 'DELETE',
      url: session.location,
      access: access(context, 'pull', 'push'),
      repeat: 'never',
      // The caller's signal has often fired already, and this must go out all the same.
      signal: AbortSignal.timeout(cancelTimeoutMs),
    })
    .catch(() => {})
}

function sessionOf(response: RegistryResponse, request: RegistryRequest, context: RepositoryContext): UploadSession {
  const minimum = Number(header(response, 'oci-chunk-min-length'))
  return {
    location: locationOf(response, request, context),
    minChunkBytes: Number.isSafeInteger(minimum) && minimum > 0 ? minimum : 0,
  }
}

function moveTo(
  session: UploadSession,
  response: RegistryResponse,
  request: RegistryRequest,
  context: RepositoryContext,
): void {
  if (header(response, 'location') !== undefined) session.location = locationOf(response, request, context)
}

function locationOf(response: RegistryResponse, request: RegistryRequest, { transport }: RepositoryContext): URL {
  const text = header(response, 'location')
  const location = text === undefined ? null : URL.parse(text, response.url)
  if (location === null || (location.protocol !== 'https:' && location.protocol !== 'http:')) {
    throw broken(response, `${request.operation}: the Location is ${JSON.stringify(text?.slice(0, 200) ?? 'missing')}`)
  }
  location.username = ''
  location.password = ''
  location.hash = ''
  const foreign = location.host !== transport.base.host
  if (foreign && location.protocol === 'http:' && response.url.protocol === 'https:') {
    throw new ClientError('REDIRECT', `${request.operation}: sent from https to plain http, ${redactUrl(location)}`, {
      host: response.url.host,
      status: response.status,
    })
  }
  return location
}
