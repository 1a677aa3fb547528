/**
 * What is pushed to every server before it is measured, and the bodies of the pushes that are.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type Agent, request } from 'node:http'
import { dirname, join } from 'node:path'
import type { BenchServer } from './servers.ts'

export const repository = 'bench/image'
export const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const MiB = 1024 * 1024

export interface Blob {
  readonly digest: string
  readonly bytes: Uint8Array
}

/** The paths to ask for, the same on every server but nginx, which has the bytes as files. */
export interface Seeded {
  readonly manifestPath: string
  readonly smallBlobPath: string
  readonly hotBlobPath: string
  readonly largeBlobPath: string
}

/** A manifest and what it names. */
export interface SmallContent {
  readonly manifest: Blob
  readonly config: Blob
  readonly small: Blob
}

export interface Content extends SmallContent {
  /** Under 64 MiB: fits a memory cache. */
  readonly hot: Blob
  readonly large: Blob
}

export function makeContent(largeMiB: number): Content {
  const config = blob(
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } })),
  )
  const small = blob(randomBytes(40_000))
  const layer = (content: Blob) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: content.digest,
    size: content.bytes.byteLength,
  })
  const manifest = blob(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: config.digest,
          size: config.bytes.byteLength,
        },
        layers: [layer(small)],
        annotations: { filler: 'x'.repeat(500) },
      }),
    ),
  )
  return { manifest, config, small, hot: blob(randomBytes(32 * MiB)), large: blob(randomBytes(largeMiB * MiB)) }
}

export function blob(bytes: Uint8Array): Blob {
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` }
}

export async function seed(server: BenchServer, content: Content): Promise<Seeded> {
  if (server.name === 'nginx') return seedFiles(server, content)
  const manifestPath = await seedManifest(server, content)
  for (const each of [content.hot, content.large]) await pushBlob(server.port, repository, each)
  const path = (each: Blob) => `/v2/${repository}/blobs/${each.digest}`
  return {
    manifestPath,
    smallBlobPath: path(content.small),
    hotBlobPath: path(content.hot),
    largeBlobPath: path(content.large),
  }
}

/** The manifest and the two small blobs that it names. @returns its path by tag */
export async function seedManifest(server: BenchServer, content: SmallContent): Promise<string> {
  for (const each of [content.config, content.small]) await pushBlob(server.port, repository, each)
  const path = `/v2/${repository}/manifests/latest`
  await send(server.port, 'PUT', path, [content.manifest.bytes], { 'content-type': manifestType })
  return path
}

function seedFiles(server: BenchServer, content: Content): Seeded {
  const file = (name: string, each: Blob) => {
    const path = join(server.directory, 'www', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, each.bytes)
    return `/${name}`
  }
  return {
    manifestPath: file('manifest.json', content.manifest),
    smallBlobPath: file('small', content.small),
    hotBlobPath: file('hot', content.hot),
    largeBlobPath: file('large', content.large),
  }
}

/** POST, one streamed PATCH, PUT: what docker, skopeo and crane send. */
export async function pushBlob(
  port: number,
  name: string,
  content: Blob,
  head: Uint8Array = new Uint8Array(),
): Promise<void> {
  const started = await send(port, 'POST', `/v2/${name}/blobs/uploads/`, [])
  const patched = await send(port, 'PATCH', pathOf(started.location), [head, content.bytes], {
    'content-type': 'application/octet-stream',
  })
  const location = pathOf(patched.location || started.location)
  await send(port, 'PUT', withDigest(location, content.digest), [])
}

/** POST and one PUT with the bytes, over connections that the agent keeps. */
export async function pushSmallBlob(port: number, name: string, content: Blob, agent: Agent): Promise<void> {
  const started = await send(port, 'POST', `/v2/${name}/blobs/uploads/`, [], {}, agent)
  const type = { 'content-type': 'application/octet-stream' }
  await send(port, 'PUT', withDigest(pathOf(started.location), content.digest), [content.bytes], type, agent)
}

function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`
}

function pathOf(location: string): string {
  return location.startsWith('http') ? location.slice(location.indexOf('/', 8)) : location
}

function send(
  port: number,
  method: string,
  path: string,
  body: readonly Uint8Array[],
  headers: Record<string, string> = {},
  agent: Agent | false = false,
): Promise<{ location: string }> {
  const length = body.reduce((sum, part) => sum + part.byteLength, 0)
  return new Promise((resolve, reject) => {
    const outgoing = request({
      port,
      host: '127.0.0.1',
      method,
      path,
      agent,
      headers: { ...headers, 'content-length': length },
    })
    outgoing.once('error', reject)
    outgoing.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        if (text.length < 2000) text += chunk
      })
      response.once('end', () => {
        if ((response.statusCode ?? 0) < 300) resolve({ location: response.headers.location ?? '' })
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`))
      })
    })
    void writeAll()

    async function writeAll() {
      const piece = 256 * 1024
      for (const part of body)
        for (let at = 0; at < part.byteLength; at += piece)
          if (!outgoing.write(part.subarray(at, at + piece)))
            await new Promise((drained) => outgoing.once('drain', drained))
      outgoing.end()
    }
  })
}
