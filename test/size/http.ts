/**
 * Raw HTTP for bodies that are too large to hold: sent from a generator, received into a counter and a hash.
 * @module
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type Agent, type IncomingMessage, request } from 'node:http'

export interface SendOptions {
  readonly port: number
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: Iterable<Uint8Array>
  readonly agent?: Agent | false
}

/** Sends a request with back-pressure and returns the response, its body unread. */
export async function open({
  port,
  method,
  path,
  headers = {},
  body,
  agent = false,
}: SendOptions): Promise<IncomingMessage> {
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
  })
  answered.catch(() => {})
  for (const chunk of body ?? []) if (!outgoing.write(chunk)) await Promise.race([once(outgoing, 'drain'), answered])
  outgoing.end()
  return answered
}

/** Sends a request that must be answered with `status`, and returns the headers. */
export async function send(options: SendOptions, status: number): Promise<IncomingMessage['headers']> {
  const response = await open(options)
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) if (text.length < 1000) text += chunk
  if (response.statusCode !== status) {
    throw new Error(`${options.method} ${options.path}: ${response.statusCode} instead of ${status}: ${text}`)
  }
  return response.headers
}

export interface Received {
  readonly status: number
  readonly size: number
  readonly digest: string
}

/** Reads a response to its end. */
export async function receive(options: SendOptions): Promise<Received> {
  const response = await open(options)
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    hash.update(chunk)
  }
  return { status: response.statusCode ?? 0, size, digest: `sha256:${hash.digest('hex')}` }
}

/** POST, one streamed PATCH without a length, PUT. */
export async function pushStreamed(
  port: number,
  repository: string,
  body: Iterable<Uint8Array>,
  digestOf: () => string,
): Promise<string> {
  const started = await send({ port, method: 'POST', path: `/v2/${repository}/blobs/uploads/` }, 202)
  const headers = { 'content-type': 'application/octet-stream' }
  const patched = await send({ port, method: 'PATCH', path: started.location ?? '', headers, body }, 202)
  const digest = digestOf()
  await send({ port, method: 'PUT', path: withDigest(patched.location ?? '', digest) }, 201)
  return digest
}

export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`
}
