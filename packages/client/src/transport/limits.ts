/**
 * Bounds what a server can make the client wait for or keep in memory, and reads the bodies that are not streamed.
 * @module
 */
import type { Readable } from 'node:stream'
import { ClientError } from '../errors.ts'
import {
  type Dispatch,
  header,
  type Layer,
  type RegistryRequest,
  type RegistryResponse,
  succeeded,
} from './dispatch.ts'
import { toClientError } from './failures.ts'
import { StallError } from './stalls.ts'

export interface Limits {
  /**
   * Time to make a connection, TLS included.
   * @default 10000
   */
  readonly connectTimeoutMs: number
  /**
   * Longest silence: before the head of an answer to a request without body, inside a body that is received, and while
   * the server takes no byte of one that is sent. 0 is for ever.
   * @default 30000
   */
  readonly stallTimeoutMs: number
  /**
   * Time from the last byte of a request with a body to the answer: a registry may have to move what it received.
   * @default 300000
   */
  readonly answerTimeoutMs: number
  /**
   * Time for the whole of a body that is kept in memory.
   * @default 120000
   */
  readonly bufferTimeoutMs: number
  /**
   * Size of the head of an answer.
   * @default 65536
   */
  readonly maxHeaderBytes: number
  /**
   * What is read of the body of a failure; the rest is cut off.
   * @default 65536
   */
  readonly maxErrorBytes: number
}

export const defaultLimits: Limits = {
  connectTimeoutMs: 10_000,
  stallTimeoutMs: 30_000,
  answerTimeoutMs: 300_000,
  bufferTimeoutMs: 120_000,
  maxHeaderBytes: 64 * 1024,
  maxErrorBytes: 64 * 1024,
}

/** Most bytes of a body in memory when the request does not say: more than any registry takes as a manifest. */
export const defaultMaxBytes = 8 * 1024 * 1024

/** @throws ClientError TOO_LARGE, TIMEOUT, NETWORK */
export function limit(limits: Limits): Layer {
  return (next: Dispatch) => async (request) => {
    const response = await next(request)
    const { stream } = response
    if (stream === undefined || (request.stream === true && succeeded(response))) return response
    const bytes = await readBody(stream, response, request, limits)
    return { ...response, bytes, stream: undefined }
  }
}

async function readBody(
  stream: Readable,
  response: RegistryResponse,
  request: RegistryRequest,
  limits: Limits,
): Promise<Uint8Array> {
  const most = succeeded(response) ? (request.maxBytes ?? defaultMaxBytes) : limits.maxErrorBytes
  const clock = setTimeout(() => {
    stream.destroy(new StallError(limits.bufferTimeoutMs, 'the answer did not end'))
  }, limits.bufferTimeoutMs)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    const announced = request.method === 'HEAD' ? 0 : Number(header(response, 'content-length'))
    if (succeeded(response) && announced > most) throw tooLarge(request, most)
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength
      if (size > most) {
        if (succeeded(response)) throw tooLarge(request, most)
        chunks.push(chunk.subarray(0, chunk.byteLength - (size - most)))
        break
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    request.signal?.throwIfAborted()
    // The status of a failure is worth more than the end of its body.
    if (!succeeded(response)) return Buffer.concat(chunks)
    throw toClientError(error, request)
  } finally {
    clearTimeout(clock)
    stream.on('error', () => {}).destroy()
  }
}

function tooLarge(request: RegistryRequest, most: number): ClientError {
  return new ClientError('TOO_LARGE', `${request.operation}: the answer has more than ${most} bytes`, {
    host: request.url.host,
  })
}
