/**
 * Sends a response whose body is a stream of known length.
 * @module
 */
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Exchange } from './exchange.ts'
import { addCommonHeaders } from './reply.ts'

/**
 * Resolves when the body has left. A stream that fails in the middle rejects, with its error: the response has begun
 * then and can only be broken off.
 * @param content absent for HEAD: the headers alone are sent.
 */
export async function sendStream(
  exchange: Exchange,
  status: number,
  headers: string[],
  content: { readonly size: number; readonly stream: Readable | undefined },
): Promise<void> {
  const { response, services } = exchange
  headers.push('Content-Length', String(content.size))
  addCommonHeaders(exchange, headers)
  response.writeHead(status, headers)
  if (content.stream === undefined) {
    response.end()
    return
  }
  exchange.responseBytes = content.size
  services.watchdog.watchResponse(exchange)
  await pipeline(content.stream, response)
}
