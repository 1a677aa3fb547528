/**
 * The shape of the transport: a {@link Dispatch} sends one request, a {@link Layer} makes a Dispatch out of another.
 *
 * ```
 *  retry -> plain-http -> auth -> redirect -> limits -> send (undici)
 * ```
 * @module
 */
import type { Readable } from 'node:stream'
import type { Access } from '@tsreg/oci/distribution'

/** The methods that the specification uses. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a request carries. It is opened anew for every attempt. */
export interface RequestBody {
  /** Bytes in all; absent for a stream of unknown length. */
  readonly size: number
  open(signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>> | AsyncIterable<Uint8Array>
}

export interface RegistryRequest {
  /** For messages, for example `fetch manifest centos5 of library/centos`. */
  readonly operation: string
  readonly method: Method
  readonly url: URL
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: RequestBody | undefined
  /** What a token must allow. */
  readonly access?: readonly Access[] | undefined
  /**
   * Leaves the body of a success as a stream. Bodies of failures are always read, up to a limit.
   * @default false
   */
  readonly stream?: boolean | undefined
  /**
   * Most bytes of a body that is read into memory.
   * @default 8 MiB
   */
  readonly maxBytes?: number | undefined
  /**
   * When it may be sent again: whatever went wrong; only when the server says that it did nothing (425, 429, 503) or
   * could not be reached; or never, since the caller knows better.
   * @default 'when-refused' for POST and PATCH, else 'always'
   */
  readonly repeat?: 'always' | 'when-refused' | 'never' | undefined
  /**
   * Redirects are followed.
   * @default 'any'
   */
  readonly redirects?: 'any' | 'same-origin' | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RegistryResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ResponseHeaders
  /** Where the answer came from in the end. */
  readonly url: URL
  /** The body, unless it is in {@link RegistryResponse.stream}. */
  readonly bytes: Uint8Array
  readonly stream?: Readable | undefined
  /** How often the request was sent. */
  readonly attempts: number
}

export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * Sends a request and resolves with whatever the server answers, any status included.
 * @throws ClientError; the reason of the signal when it is aborted; what the source of the body throws.
 */
export type Dispatch = (request: RegistryRequest) => Promise<RegistryResponse>

/** Behaviour added around a Dispatch. */
export type Layer = (next: Dispatch) => Dispatch

/** The first layer is the outermost. */
export function compose(send: Dispatch, ...layers: readonly Layer[]): Dispatch {
  return layers.reduceRight((next, layer) => layer(next), send)
}

/** The value of a header; the first of several. */
export function header(response: Pick<RegistryResponse, 'headers'>, name: string): string | undefined {
  return headerValues(response, name)[0]
}

/** Every value of a header that may come several times. */
export function headerValues(response: Pick<RegistryResponse, 'headers'>, name: string): readonly string[] {
  const value = response.headers[name]
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

/** What the server calls the request, where it says so. */
export function requestIdOf(response: Pick<RegistryResponse, 'headers'>): string | undefined {
  return (
    header(response, 'x-request-id') ??
    header(response, 'x-amz-request-id') ??
    header(response, 'x-ms-request-id')
  )?.slice(0, 200)
}

/** True for 200 to 299. */
export function succeeded(response: Pick<RegistryResponse, 'status'>): boolean {
  return response.status >= 200 && response.status < 300
}

/** Gives up the stream of a response that nobody reads, so that its connection is freed. */
export function discard(response: RegistryResponse): void {
  response.stream?.on('error', ignore).destroy()
}

function ignore(): void {}
