/**
 * One raw HTTP exchange on node:http: no client of ours, no retries, and a lost connection is told from an answer.
 * @module
 */

import { createHash } from 'node:crypto'
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

export interface ExchangeOptions {
  readonly agent?: Agent
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes go with a Content-Length, an iterable as chunked transfer coding. */
  readonly body?: Buffer | Iterable<Buffer>
  /** The exchange counts as lost when nothing moves on its connection for so long. @default it waits for ever */
  readonly idleMs?: number
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** SHA-256 of the body, as a digest. */
  readonly digest: string
}

/** The server went away before the answer was complete. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/**
 * Sends a request and reads the whole answer.
 * @throws ConnectionLost when the socket failed or closed early, whatever had arrived by then
 */
export function exchange(options: ExchangeOptions): Promise<Answer> {
  const { method, url, headers, body, agent, idleMs } = options
  const length = Buffer.isBuffer(body) ? { 'content-length': String(body.length) } : {}
  const empty = body === undefined && ['POST', 'PUT', 'PATCH'].includes(method) ? { 'content-length': '0' } : {}
  return new Promise((resolve, reject) => {
    const lost = (cause: unknown) => reject(new ConnectionLost(`${method} ${url}: connection lost`, { cause }))
    const message = request(url, { method, headers: { ...empty, ...length, ...headers }, ...(agent ? { agent } : {}) })
    message.once('error', lost)
    if (idleMs !== undefined) message.setTimeout(idleMs, () => message.destroy(new Error(`silent for ${idleMs} ms`)))
    message.once('response', (response) => readAnswer(response).then(resolve, lost))
    if (body === undefined) message.end()
    else if (Buffer.isBuffer(body)) message.end(body)
    else sendPieces(message, body).catch(lost)
  })
}

async function sendPieces(message: ReturnType<typeof request>, pieces: Iterable<Buffer>): Promise<void> {
  for (const piece of pieces) {
    if (message.destroyed) return
    if (!message.write(piece)) await drained(message)
  }
  message.end()
}

/** Also resolves when the socket is gone, whose error is told elsewhere. */
function drained(message: ReturnType<typeof request>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      message.off('drain', done)
      message.off('close', done)
      resolve()
    }
    message.once('drain', done)
    message.once('close', done)
  })
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const hash = createHash('sha256')
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) {
    hash.update(chunk)
    chunks.push(chunk)
  }
  if (!response.complete) throw new Error('the body ended early')
  const { statusCode = 0, headers } = response
  return { status: statusCode, headers, body: Buffer.concat(chunks), digest: `sha256:${hash.digest('hex')}` }
}
