/**
 * Sends responses. Headers are given as name, value, name, value, which Node writes as they stand.
 * @module
 */
import type { Exchange } from './exchange.ts'
import { sendBeforeBody } from './middleware/refuse-body.ts'

/** A response with a body that is in memory, or with none. `Content-Length` is added. */
export function send(exchange: Exchange, status: number, headers: string[], body?: Uint8Array | string): void {
  const { request, response } = exchange
  const length = body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  if (status !== 204 && status !== 304) headers.push('Content-Length', String(length))
  addCommonHeaders(exchange, headers)
  exchange.responseBytes = length
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD' && sendBeforeBody(exchange, status, headers, body)) return
  // Node reads over what nobody asked for, but not the rest of a body that was left in its middle.
  if (exchange.bodyOpened && !request.readableEnded) request.resume()
  response.writeHead(status, headers)
  if (body === undefined || method === 'HEAD') response.end()
  else if (typeof body === 'string' || length > smallBody) response.end(body)
  else response.end(latin1(body), 'latin1')
}

/** Node sends headers and a short text in one write; a Buffer goes beside the headers, which costs a tenth more. */
const smallBody = 16 * 1024

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

/** A response of JSON. `type` is sent exactly so, without a charset. */
export function sendJson(exchange: Exchange, status: number, headers: string[], body: unknown, type = json): void {
  headers.push('Content-Type', type)
  send(exchange, status, headers, JSON.stringify(body))
}

const json = 'application/json'

/** What every response has, and every one under `/v2`. */
export function addCommonHeaders(exchange: Exchange, headers: string[]): void {
  headers.push('X-Request-Id', exchange.id, 'X-Content-Type-Options', 'nosniff')
  if (exchange.path.startsWith('/v2')) headers.push('Docker-Distribution-API-Version', 'registry/2.0')
}
