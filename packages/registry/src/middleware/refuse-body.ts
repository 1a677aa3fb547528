/**
 * Answers a request whose body has not been read: without reading gigabytes for nothing, and without resetting the
 * connection before the client has seen the answer.
 * @module
 */
import type { Exchange } from '../exchange.ts'

/** What is left of a body up to this size is read over, and the connection goes on. */
const smallBody = 64 * 1024
/** An unread body is discarded at most so long while the client takes note of the answer. */
const lingerMs = 3000

/** True when the request has body bytes that nobody has read yet, or that are still to come. */
export function hasUnreadBody({ request, largeBody }: Exchange): boolean {
  return !request.complete && largeBody?.complete !== true && hasBody(request.headers)
}

/** True when the headers announce a body of at least one byte, or one of unknown length. */
export function hasBody(headers: NodeJS.Dict<string | string[]>): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0)
}

/**
 * Sends the response when the body is unread, and returns true; false leaves the sending to the caller.
 *
 * A success is told when the body has been read over. A refusal is told at once: a client that waits for `100 Continue`
 * keeps its body, any other gets `Connection: close` and is listened to a little longer, because closing a socket
 * with unread bytes makes the kernel throw the answer away. A body that was partly read beside the parser has no end
 * that could be waited for.
 */
export function sendBeforeBody(
  exchange: Exchange,
  status: number,
  headers: string[],
  body: Uint8Array | string | undefined,
): boolean {
  const { request, response, largeBody } = exchange
  if (!hasUnreadBody(exchange)) return false
  const heldBack = exchange.expectsContinue && !exchange.bodyOpened
  if (status < 400 && !heldBack && largeBody === undefined) {
    request.once('end', () => {
      response.writeHead(status, headers)
      response.end(body)
    })
    request.resume()
    return true
  }
  if (!heldBack && Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) <= smallBody) return false
  headers.push('Connection', 'close')
  response.writeHead(status, headers)
  if (body === undefined) response.flushHeaders()
  else response.write(body)
  linger(exchange)
  return true
}

function linger({ request, response }: Exchange): void {
  const timer = setTimeout(() => response.end(), lingerMs)
  const end = (): void => {
    clearTimeout(timer)
    response.end()
  }
  request.once('end', end)
  request.once('close', end)
  request.resume()
}
