/**
 * Hostile images in a registry: pushed by bare requests, byte for byte as they are given.
 * @module
 */

import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { mediaTypes } from '../bases/layout.ts'

export interface PublishedImage {
  /** Uncompressed layers, the base first. */
  readonly layers: readonly Uint8Array[]
  /** As they lie in the registry. @default each compressed by gzip */
  readonly compressed?: readonly Uint8Array[]
  /** The field `config` of the image config. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Replaces fields of the image config. */
  readonly document?: Readonly<Record<string, unknown>>
  /** Replaces fields of the manifest. */
  readonly manifest?: Readonly<Record<string, unknown>>
}

/** Makes it `<host>/<name>:latest`, and returns that. */
export async function publish(host: string, name: string, image: PublishedImage): Promise<string> {
  const blobs = image.compressed ?? image.layers.map((layer) => gzipSync(layer))
  const document = {
    created: '2023-11-14T22:13:20Z',
    os: 'linux',
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/sh'], ...image.config },
    rootfs: { type: 'layers', diff_ids: image.layers.map(digestOf) },
    history: image.layers.map((_, at) => ({ created: '2023-11-14T22:13:20Z', created_by: `layer ${at}` })),
    ...image.document,
  }
  const config = Buffer.from(JSON.stringify(document))
  for (const blob of [...blobs, config]) await push(host, name, blob)
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: describe(mediaTypes.config, config),
    layers: blobs.map((blob) => describe(mediaTypes.layer.gzip, blob)),
    ...image.manifest,
  }
  const url = `http://${host}/v2/${name}/manifests/latest`
  await expectCreated(url, {
    method: 'PUT',
    headers: { 'content-type': mediaTypes.manifest },
    body: JSON.stringify(manifest),
  })
  return `${host}/${name}:latest`
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function describe(mediaType: string, bytes: Uint8Array) {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength }
}

async function push(host: string, name: string, blob: Uint8Array): Promise<void> {
  const started = await fetch(`http://${host}/v2/${name}/blobs/uploads/`, { method: 'POST' })
  await started.arrayBuffer()
  const location = new URL(started.headers.get('location') ?? '', `http://${host}`)
  location.searchParams.set('digest', digestOf(blob))
  await expectCreated(location.href, { method: 'PUT', body: Buffer.from(blob) })
}

async function expectCreated(url: string, request: RequestInit): Promise<void> {
  const response = await fetch(url, request)
  const text = await response.text()
  if (response.status !== 201) throw new Error(`${request.method} ${url} was answered by ${response.status}: ${text}`)
}
