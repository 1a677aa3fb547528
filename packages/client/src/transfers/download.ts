/**
 * One download over as many connections as it takes: what was cut goes on by Range behind the bytes that came.
 * @module
 */
import { Readable } from 'node:stream'
import type { ErrorCode } from '@tsreg/oci'
import type { Access } from '@tsreg/oci/distribution'
import { ClientError, exhausted } from '../errors.ts'
import { discard, header, type RegistryResponse, succeeded } from '../transport/dispatch.ts'
import { toClientError } from '../transport/failures.ts'
import { responseError } from '../transport/response-error.ts'
import { growingPauseMs } from '../transport/retry.ts'
import type { Transport } from '../transport/transport.ts'
import { firstByteOf } from './partial-answer.ts'

export interface DownloadOptions {
  readonly operation: string
  readonly url: URL
  readonly access: readonly Access[]
  /** The code of a 404. */
  readonly unknown: ErrorCode
  /** What the content is said to be; a web page in its place is refused. */
  readonly mediaType: string
  /** Bytes of the whole content. */
  readonly size: number
  /** First byte wanted. */
  readonly offset: number
  readonly signal?: AbortSignal | undefined
}

/** So much must come for a connection to count as one that works: the failures before it are forgotten then. */
const progressBytes = 64 * 1024

/** Resolves once the server has begun to answer, so that what is not there is thrown here and not by the stream. */
export async function download(transport: Transport, options: DownloadOptions): Promise<Readable> {
  if (options.offset > options.size) {
    throw new RangeError(`offset ${options.offset} lies beyond the ${options.size} bytes of the content`)
  }
  if (options.offset === options.size && options.size > 0) return Readable.from([])
  const state = new Download(transport, options)
  const first = await state.connect()
  const stream = Readable.from(state.bytes(first), { objectMode: false })
  // A stream that is given up before it is read never enters the generator.
  return stream.once('close', () => discard(first))
}

class Download {
  readonly #transport: Transport
  readonly #options: DownloadOptions
  #position: number
  #failures = 0
  #attempts = 0
  #sinceFailure = 0
  #etag: string | undefined

  constructor(transport: Transport, options: DownloadOptions) {
    this.#transport = transport
    this.#options = options
    this.#position = options.offset
  }

  async *bytes(first: RegistryResponse): AsyncGenerator<Uint8Array> {
    const { size, signal } = this.#options
    for (let response = first; ; response = await this.connect()) {
      try {
        yield* this.#body(response)
        if (this.#position === size) return
        await this.#failed(this.#truncated(response))
      } catch (error) {
        signal?.throwIfAborted()
        // All bytes came: that the connection ended badly changes nothing.
        if (this.#position === size && !(error instanceof ClientError)) return
        await this.#failed(toClientError(error, this.#options))
      } finally {
        discard(response)
      }
    }
  }

  /** A response whose body contains the byte at the position. */
  async connect(): Promise<RegistryResponse> {
    for (;;) {
      this.#attempts++
      const response = await this.#transport.dispatch(this.#request())
      if (succeeded(response)) {
        this.#etag ??= strongETag(response)
        return response
      }
      const error = responseError(response, this.#options)
      // A presigned address that has expired: the registry makes a new one.
      const foreign = response.url.host !== this.#options.url.host
      if (!foreign || ![401, 403, 404].includes(response.status)) throw error
      await this.#failed(
        new ClientError('SERVER', error.message, { status: response.status, host: response.url.host, transient: true }),
      )
    }
  }

  #request() {
    const { operation, url, access, signal } = this.#options
    const range = this.#position === 0 ? {} : { range: `bytes=${this.#position}-` }
    const condition = this.#position === 0 || this.#etag === undefined ? {} : { 'if-range': this.#etag }
    const headers = { accept: '*/*', ...range, ...condition }
    return { operation, method: 'GET', url, access, headers, stream: true, signal } as const
  }

  async *#body(response: RegistryResponse): AsyncGenerator<Uint8Array> {
    const { size } = this.#options
    let skip = this.#position - firstByteOf(response, { ...this.#options, position: this.#position })
    for await (const chunk of (response.stream ?? []) as AsyncIterable<Uint8Array>) {
      const fresh = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.byteLength))
      skip -= chunk.byteLength - fresh.byteLength
      if (fresh.byteLength === 0) continue
      if (this.#position + fresh.byteLength > size) throw this.#tooLong(response)
      this.#position += fresh.byteLength
      this.#sinceFailure += fresh.byteLength
      yield fresh
    }
  }

  /** Counts a failure and pauses. @throws the failure when it will not pass, or came too often without progress. */
  async #failed(error: unknown): Promise<void> {
    const { retry, notify } = this.#transport
    if (!(error instanceof ClientError) || !error.transient) throw error
    if (this.#sinceFailure >= progressBytes) this.#failures = 0
    this.#sinceFailure = 0
    this.#failures++
    if (this.#failures >= retry.attempts) throw exhausted(error, this.#attempts)
    const { operation, url, signal } = this.#options
    notify({ kind: 'resume', operation, host: url.host, offset: this.#position, why: error.summary })
    await retry.sleep(growingPauseMs(this.#failures, retry), signal)
  }

  #truncated(response: RegistryResponse): ClientError {
    const { operation, size } = this.#options
    return new ClientError('NETWORK', `${operation}: the content ended after ${this.#position} of ${size} bytes`, {
      host: response.url.host,
      transient: true,
    })
  }

  #tooLong(response: RegistryResponse): ClientError {
    const { operation, size } = this.#options
    return new ClientError('PROTOCOL', `${operation}: the server sends more than the ${size} bytes described`, {
      host: response.url.host,
      status: response.status,
    })
  }
}

function strongETag(response: RegistryResponse): string | undefined {
  const etag = header(response, 'etag')
  return etag !== undefined && /^"[\x21\x23-\x7e]{1,256}"$/.test(etag) ? etag : undefined
}
