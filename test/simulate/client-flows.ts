/**
 * What clients do, request by request: raw HTTP in the order in which docker and containerd send it.
 * @module
 */

import { digestOf, type MeasuredRegistry } from './measured-registry.ts'

export interface SmallImage {
  readonly config: Buffer
  readonly layers: readonly Buffer[]
  readonly manifest: Buffer
}

const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const

/** Layers that no other seed has. The bytes are no real layers, which a registry does not look at. */
export function someLayers(seed: number, count: number, layerBytes: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => bytesOf(seed * 1000 + index, layerBytes))
}

/** @param seed makes the config another one */
export function smallImage(seed: number, layers: readonly Buffer[]): SmallImage {
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', seed, rootfs: { type: 'layers' } }))
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptorOf(mediaTypes.config, config),
    layers: layers.map((blob) => descriptorOf(mediaTypes.layer, blob)),
  }
  return { config, layers, manifest: Buffer.from(JSON.stringify(manifest)) }
}

/** The same bytes for the same seed, cheaply: only the beginning differs. */
export function bytesOf(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.write(`seed ${seed}\n`)
  return bytes
}

/** POST and PUT with the body. */
export async function putBlob(registry: MeasuredRegistry, name: string, blob: Buffer): Promise<void> {
  const location = await startUpload(registry, name)
  await registry.ask('PUT', withDigest(location, blob), { body: blob })
}

/** POST, PATCH with the body, PUT without one: docker and most others. */
export async function patchBlob(registry: MeasuredRegistry, name: string, blob: Buffer): Promise<void> {
  const location = await startUpload(registry, name)
  const { headers } = await registry.ask('PATCH', location, { body: blob })
  await registry.ask('PUT', withDigest(headers.location ?? location, blob))
}

/** POST that asks for a blob of another repository. */
export async function mountBlob(registry: MeasuredRegistry, name: string, blob: Buffer, from: string): Promise<void> {
  const { status } = await registry.ask('POST', `/v2/${name}/blobs/uploads/?mount=${digestOf(blob)}&from=${from}`)
  if (status !== 201) throw new Error(`mount: ${status}`)
}

export async function putManifest(registry: MeasuredRegistry, name: string, tag: string, { manifest }: SmallImage) {
  const headers = { 'content-type': mediaTypes.manifest }
  await registry.ask('PUT', `/v2/${name}/manifests/${tag}`, { headers, body: manifest })
}

/** docker push: each blob is asked for first, and sent when it is not there. */
export async function pushImage(registry: MeasuredRegistry, name: string, tag: string, image: SmallImage) {
  for (const blob of [...image.layers, image.config]) {
    const { status } = await registry.ask('HEAD', `/v2/${name}/blobs/${digestOf(blob)}`)
    if (status === 404) await patchBlob(registry, name, blob)
  }
  await putManifest(registry, name, tag, image)
}

/** containerd: the tag by HEAD, the manifest by digest, then config and layers. */
export async function pullImage(registry: MeasuredRegistry, name: string, tag: string, image: SmallImage) {
  await registry.ask('HEAD', `/v2/${name}/manifests/${tag}`)
  await registry.ask('GET', `/v2/${name}/manifests/${digestOf(image.manifest)}`)
  for (const blob of [image.config, ...image.layers]) {
    await registry.ask('GET', `/v2/${name}/blobs/${digestOf(blob)}`)
  }
}

async function startUpload(registry: MeasuredRegistry, name: string): Promise<string> {
  const { headers } = await registry.ask('POST', `/v2/${name}/blobs/uploads/`)
  if (headers.location === undefined) throw new Error('POST answered without a Location')
  return headers.location
}

function withDigest(location: string, blob: Buffer): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${digestOf(blob)}`
}

function descriptorOf(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}
