/**
 * A registry for tests on a free port of 127.0.0.1, and raw HTTP to speak to it: never a client of ours, because two
 * mistakes that match would cancel out.
 * @module
 */
import { createHash } from 'node:crypto'
import { Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { openStorage, type RegistryStorage } from '@tsreg/storage'
import { memoryBucket } from '@tsreg/storage/bucket'
import { pino } from 'pino'
import type { AccessController } from '../access/index.ts'
import type { RegistrySettings } from '../config/index.ts'
import { type RunningRegistry, startRegistry } from '../main.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: Uint8Array | string
}

export interface TestRegistry extends RunningRegistry {
  /** Like `close`, but our own connections are left to end by themselves. */
  readonly stop: () => Promise<void>
  readonly port: number
  readonly storage: RegistryStorage
  /** Everything logged so far, parsed. */
  readonly logged: () => readonly Record<string, unknown>[]
  readonly loggedText: () => string
  /** One request on a kept-alive connection. */
  readonly ask: (method: string, path: string, ask?: Ask) => Promise<Answer>
  /** A request whose body the test writes itself. */
  readonly begin: (method: string, path: string, headers?: Ask['headers']) => ClientRequest
}

export interface TestOptions {
  readonly storage?: RegistryStorage
  readonly access?: AccessController
}

/** Memory storage, every default but the port. Close it at the end of the test. */
export async function testRegistry(settings: RegistrySettings = {}, options: TestOptions = {}): Promise<TestRegistry> {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const storage = options.storage ?? (await openStorage(memoryBucket()))
  const logger = pino({ level: settings.logLevel ?? 'trace', base: null }, stream)
  const registry = await startRegistry(
    { listen: '127.0.0.1:0', shutdownGraceSeconds: 5, ...settings },
    { ...options, logger, storage },
  )
  const agent = new Agent({ keepAlive: true })
  const { port } = registry.address
  const begin: TestRegistry['begin'] = (method, path, headers = {}) =>
    request({ host: '127.0.0.1', port, method, path, headers, agent })
  return {
    ...registry,
    port,
    storage,
    begin,
    stop: () => registry.close(),
    loggedText: () => lines.join(''),
    logged: () =>
      lines
        .join('')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    ask: (method, path, { headers = {}, body } = {}) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
      const sent = begin(method, path, { ...length, ...headers })
      const answer = answerOf(sent)
      sent.end(body)
      return answer
    },
    async close() {
      agent.destroy()
      await registry.close()
    },
  }
}

/** The whole answer to a request; rejects when the connection breaks before or within it. */
export function answerOf(sent: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => collect(response).then(resolve, reject))
  })
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }
}

/** The first error of an answer, in the form of the specification. */
export function errorOf({ body }: Answer): { code: string; message: string; detail: Record<string, unknown> } {
  return JSON.parse(body.toString()).errors[0]
}

export function jsonOf<T = Record<string, unknown>>({ body }: Answer): T {
  return JSON.parse(body.toString()) as T
}

export function sha256(content: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

/** Bytes that differ from position to position and from seed to seed. */
export function bytes(length: number, seed = 1): Buffer {
  const content = Buffer.alloc(length)
  let state = seed >>> 0 || 1
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    content[index] = state >>> 24
  }
  return content
}

/** A blob by POST and one PUT; its digest. */
export async function pushBlob(
  { ask }: Pick<TestRegistry, 'ask'>,
  name: string,
  content: Uint8Array | string,
): Promise<string> {
  const digest = sha256(content)
  const started = await ask('POST', `/v2/${name}/blobs/uploads/`)
  const put = await ask('PUT', `${started.headers.location}?digest=${digest}`, { body: content })
  if (put.status !== 201) throw new Error(`push of a blob got ${put.status} ${put.body}`)
  return digest
}

export const imageType = 'application/vnd.oci.image.manifest.v1+json'
export const indexType = 'application/vnd.oci.image.index.v1+json'

export interface ImageParts {
  readonly config?: string
  readonly layers?: readonly (Uint8Array | string)[]
  readonly extra?: Readonly<Record<string, unknown>>
}

/** Pushes the blobs of an image; the manifest to push. */
export async function prepareImage(
  registry: Pick<TestRegistry, 'ask'>,
  name: string,
  { config = '{}', layers = ['layer'], extra = {} }: ImageParts = {},
): Promise<string> {
  const describe = async (mediaType: string, content: Uint8Array | string) => ({
    mediaType,
    digest: await pushBlob(registry, name, content),
    size: Buffer.byteLength(content),
  })
  const manifest = {
    schemaVersion: 2,
    mediaType: imageType,
    config: await describe('application/vnd.oci.image.config.v1+json', config),
    layers: [] as unknown[],
    ...extra,
  }
  for (const layer of layers) manifest.layers.push(await describe('application/vnd.oci.image.layer.v1.tar', layer))
  return JSON.stringify(manifest)
}

/** Pushes an image under a tag or, without one, under its digest; the digest. */
export async function pushImage(
  registry: Pick<TestRegistry, 'ask'>,
  name: string,
  tag?: string,
  parts?: ImageParts,
): Promise<string> {
  const manifest = await prepareImage(registry, name, parts)
  const digest = sha256(manifest)
  const put = await registry.ask('PUT', `/v2/${name}/manifests/${tag ?? digest}`, {
    headers: { 'content-type': imageType },
    body: manifest,
  })
  if (put.status !== 201) throw new Error(`push of a manifest got ${put.status} ${put.body}`)
  return digest
}

/** A bare connection: what is written goes out as it is. */
export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  const watchers = new Set<() => void>()
  const wake = (): void => {
    for (const watcher of watchers) watcher()
  }
  let ended = false
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    wake()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    ended = true
    wake()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const until = (holds: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (holds()) {
          watchers.delete(check)
          resolve(received)
        } else if (ended) reject(new Error(`connection ended with ${JSON.stringify(received)}`))
      }
      watchers.add(check)
      check()
    })
  return {
    socket,
    write: (text) => void socket.write(text),
    received: (pattern) => until(() => pattern.test(received)),
    ended: () => until(() => ended),
  }
}

export interface RawConnection {
  readonly socket: Socket
  readonly write: (text: string | Uint8Array) => void
  /** Everything received, once it matches. */
  readonly received: (pattern: RegExp) => Promise<string>
  /** Everything received, once the connection is closed. */
  readonly ended: () => Promise<string>
}
