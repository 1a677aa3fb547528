/**
 * Sends a response whose body is a stream of known length.
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isOciError } from '@tsreg/oci'
import { isDirectSource } from '@tsreg/storage/bucket'
import type { Exchange } from './exchange.ts'
import { addCommonHeaders } from './reply.ts'

export interface StreamedBody {
  readonly size: number
  /** Absent for HEAD: the headers alone are sent. */
  readonly stream: Readable | undefined
}

/**
 * Resolves when the body has left. A stream that fails in the middle rejects, with its error: the response has begun
 * then and can only be broken off.
 */
export async function sendStream(
  exchange: Exchange,
  status: number,
  headers: string[],
  { size, stream }: StreamedBody,
): Promise<void> {
  const { response } = exchange
  headers.push('Content-Length', String(size))
  addCommonHeaders(exchange, headers)
  response.writeHead(status, headers)
  if (stream === undefined) {
    response.end()
    return
  }
  exchange.responseBytes = size
  if (isDirectSource(stream)) {
    await stream.sendTo(response, { openSocket: () => openSocket(response) })
    response.end()
    return
  }
  // The pipeline closes the response before its promise tells why.
  stream.once('error', (error) => {
    if (isOciError(error)) exchange.errorCode = error.code
  })
  await pipeline(stream, response)
}

/** The body has a length, so what is written to the response is what goes to its socket: after the headers, as it is. */
function openSocket(response: ServerResponse): Socket | undefined {
  response.flushHeaders()
  return response.socket ?? undefined
}
