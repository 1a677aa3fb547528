/**
 * The smallest registry that keeps what it is given: one repository in memory, over a real socket. It shares no code with
 * the client beyond the digests.
 * @module
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { digestOf } from '@tsreg/oci'

interface Stored {
  readonly type: string
  readonly bytes: Buffer
}

export interface FakeRegistry extends AsyncDisposable {
  readonly host: string
  /** Upload sessions that were neither completed nor cancelled. */
  readonly openUploads: number
}

export interface FakeRegistryOptions {
  /** Keeps referrers itself. @default true */
  readonly referrers?: boolean
  /** Refuses requests with a larger body by 413, as a proxy would. @default none */
  readonly maxRequestBytes?: number
}

export async function fakeRegistry(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const state = new State(options)
  const server = createServer((request, response) => {
    state.answer(request, response).catch(() => request.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get openUploads() {
      return state.uploads.size
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

type Answer = readonly [status: number, headers?: Record<string, string | number>, body?: Buffer | string]

class State {
  readonly uploads = new Map<string, Buffer>()
  readonly #blobs = new Map<string, Stored>()
  readonly #manifests = new Map<string, Stored>()
  readonly #tags = new Map<string, string>()
  readonly #options: FakeRegistryOptions
  #count = 0

  constructor(options: FakeRegistryOptions) {
    this.#options = options
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake')
    const [status, headers = {}, body = ''] = await this.#route(request, url)
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers })
    response.end(request.method === 'HEAD' ? undefined : body)
  }

  async #route(request: IncomingMessage, url: URL): Promise<Answer> {
    const length = Number(request.headers['content-length'] ?? 0)
    if (length > (this.#options.maxRequestBytes ?? Number.POSITIVE_INFINITY)) {
      request.resume()
      return [413, { connection: 'close' }, '<html>Request Entity Too Large</html>']
    }
    const match = /^\/v2\/repo\/(blobs\/uploads|blobs|manifests|tags|referrers)\/(.*)$/.exec(url.pathname)
    const [, kind = '', name = ''] = match ?? []
    if (kind === 'blobs/uploads') return this.#upload(request, url, name)
    if (kind === 'blobs') return this.#blob(request, name)
    if (kind === 'manifests') return this.#manifest(request, name)
    if (kind === 'tags') return [200, {}, JSON.stringify({ name: 'repo', tags: [...this.#tags.keys()].sort() })]
    if (kind === 'referrers' && this.#options.referrers !== false) return this.#referrers(name)
    return [404]
  }

  async #upload(request: IncomingMessage, url: URL, id: string): Promise<Answer> {
    if (request.method === 'POST') {
      const opened = `u${++this.#count}`
      this.uploads.set(opened, Buffer.alloc(0))
      return [202, locationOf(opened, 0)]
    }
    const kept = this.uploads.get(id)
    if (kept === undefined) return failed(404, 'BLOB_UPLOAD_UNKNOWN')
    if (request.method === 'DELETE') {
      this.uploads.delete(id)
      return [204]
    }
    if (request.method === 'GET') return [204, locationOf(id, kept.byteLength)]
    const range = /^(\d+)-/.exec(request.headers['content-range'] ?? '')
    if (range !== null && Number(range[1]) !== kept.byteLength) return failed(416, 'RANGE_INVALID')
    await this.#append(request, id)
    const bytes = this.uploads.get(id) ?? kept
    if (request.method === 'PATCH') return [202, locationOf(id, bytes.byteLength)]
    const digest = url.searchParams.get('digest') ?? ''
    if (digestOf(bytes, digest.startsWith('sha512') ? 'sha512' : 'sha256') !== digest) {
      return failed(400, 'DIGEST_INVALID')
    }
    this.uploads.delete(id)
    this.#blobs.set(digest, { type: 'application/octet-stream', bytes })
    return [201, { location: `/v2/repo/blobs/${digest}`, 'docker-content-digest': digest }]
  }

  /** What arrived before a cut is kept, as the specification allows. */
  async #append(request: IncomingMessage, id: string): Promise<void> {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      this.uploads.set(id, Buffer.concat([this.uploads.get(id) ?? Buffer.alloc(0), chunk]))
    }
  }

  #blob(request: IncomingMessage, digest: string): Answer {
    const blob = this.#blobs.get(digest)
    if (blob === undefined) return failed(404, 'BLOB_UNKNOWN')
    if (request.method === 'DELETE') {
      this.#blobs.delete(digest)
      return [202]
    }
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (start === 0) return [200, {}, blob.bytes]
    const { byteLength } = blob.bytes
    return [206, { 'content-range': `bytes ${start}-${byteLength - 1}/${byteLength}` }, blob.bytes.subarray(start)]
  }

  async #manifest(request: IncomingMessage, reference: string): Promise<Answer> {
    if (request.method === 'PUT') return this.#putManifest(request, reference)
    const digest = this.#tags.get(reference) ?? reference
    const manifest = this.#manifests.get(digest)
    if (manifest === undefined) return failed(404, 'MANIFEST_UNKNOWN')
    if (request.method !== 'DELETE') {
      return [200, { 'content-type': manifest.type, 'docker-content-digest': digest }, manifest.bytes]
    }
    this.#tags.delete(reference)
    if (reference === digest) this.#deleteManifest(digest)
    return [202]
  }

  async #putManifest(request: IncomingMessage, reference: string): Promise<Answer> {
    const bytes = Buffer.concat((await request.toArray()) as Buffer[])
    const digest = digestOf(bytes, reference.startsWith('sha512:') ? 'sha512' : 'sha256')
    if (reference.includes(':') && reference !== digest) return failed(400, 'DIGEST_INVALID')
    this.#manifests.set(digest, { type: request.headers['content-type'] ?? '', bytes })
    if (!reference.includes(':')) this.#tags.set(reference, digest)
    const { subject } = JSON.parse(bytes.toString()) as { subject?: { digest: string } }
    const listed = subject !== undefined && this.#options.referrers !== false
    return [201, { 'docker-content-digest': digest, ...(listed ? { 'oci-subject': subject.digest } : {}) }]
  }

  #deleteManifest(digest: string): void {
    this.#manifests.delete(digest)
    for (const [tag, named] of this.#tags) if (named === digest) this.#tags.delete(tag)
  }

  #referrers(subject: string): Answer {
    const manifests = [...this.#manifests].flatMap(([digest, { type, bytes }]) => {
      const manifest = JSON.parse(bytes.toString())
      if (manifest.subject?.digest !== subject) return []
      const artifactType = manifest.artifactType ?? manifest.config?.mediaType
      return [{ mediaType: type, digest, size: bytes.byteLength, artifactType, annotations: manifest.annotations }]
    })
    const type = 'application/vnd.oci.image.index.v1+json'
    return [200, { 'content-type': type }, JSON.stringify({ schemaVersion: 2, mediaType: type, manifests })]
  }
}

function locationOf(id: string, size: number): Record<string, string> {
  return { location: `/v2/repo/blobs/uploads/${id}?state=${size}`, range: `0-${Math.max(0, size - 1)}` }
}

function failed(status: number, code: string): Answer {
  return [status, { 'content-type': 'application/json' }, JSON.stringify({ errors: [{ code, message: 'no' }] })]
}
