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
  response.writeHead(status, headers)
  if (body === undefined || method === 'HEAD') response.end()
  else response.end(body)
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
