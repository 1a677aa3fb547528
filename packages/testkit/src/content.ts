/**
 * Content with its descriptor, and how it gets into a store and out again.
 * @module
 */
import { type Descriptor, type Digest, type DigestAlgorithm, descriptorOf } from '@tsreg/oci'
import type { Pusher } from '@tsreg/oci/content'

/** Bytes, and what describes them. */
export interface Content {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

/** What is made of several pieces: a manifest and everything below it. */
export interface ContentGraph {
  /** The manifest at the top. */
  readonly manifest: Content
  /** Everything else, in an order in which it can be pushed. */
  readonly blobs: ReadonlyMap<Digest, Content>
}

/** @param algorithm default sha256. */
export function contentOf(mediaType: string, bytes: Uint8Array | string, algorithm?: DigestAlgorithm): Content {
  const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  return { descriptor: descriptorOf(mediaType, data, algorithm), bytes: data }
}

/** The document as JSON. The media type is that of its descriptor. */
export function jsonContent(mediaType: string, document: unknown, algorithm?: DigestAlgorithm): Content {
  return contentOf(mediaType, JSON.stringify(document), algorithm)
}

/** Pushes everything below the manifest, then the manifest. */
export async function pushGraph(store: Pusher, { manifest, blobs }: ContentGraph): Promise<void> {
  for (const blob of blobs.values()) await pushContent(store, blob)
  await pushContent(store, manifest)
}

/** Pushes one piece. */
export async function pushContent(store: Pusher, { descriptor, bytes }: Content): Promise<void> {
  await store.push(descriptor, async ({ offset = 0 }) => chunked(bytes.subarray(offset), 64 * 1024))
}

/** The bytes in chunks of a size; none for no bytes. */
export async function* chunked(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

/** All bytes of a stream: for small content only. */
export async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** All items of a list. */
export async function collectItems<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
