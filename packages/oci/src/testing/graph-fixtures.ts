/**
 * Small graphs of content for the tests of this package (the testkit stands on it and cannot serve it).
 * @module
 */
import type { OpenContent, Pusher } from '../content/store.ts'
import { type Descriptor, descriptorOf } from '../descriptor.ts'
import { mediaTypes } from '../media-types.ts'
import { parsePlatform } from '../platform.ts'

/** One piece of content. */
export interface Piece {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

/** A manifest, and below it everything in an order in which it can be pushed. */
export interface Graph {
  readonly root: Piece
  readonly pieces: readonly Piece[]
}

/** A blob that holds the text. */
export function blob(text: string, mediaType: string = mediaTypes.ociLayer): Piece {
  const bytes = Buffer.from(text)
  return { bytes, descriptor: descriptorOf(mediaType, bytes) }
}

/** An image of layers that hold the texts. */
export function image(layers: readonly string[], fields: Readonly<Record<string, unknown>> = {}): Graph {
  return imageOf(
    layers.map((text) => blob(text)),
    fields,
  )
}

/** An image of the layers; the config holds their digests, so that other layers make another config. */
export function imageOf(layers: readonly Piece[], fields: Readonly<Record<string, unknown>> = {}): Graph {
  const config = blob(JSON.stringify(layers.map(({ descriptor }) => descriptor.digest)), mediaTypes.ociConfig)
  const root = document(mediaTypes.ociManifest, {
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    ...fields,
  })
  return { root, pieces: [config, ...layers, root] }
}

/** An index of graphs, with the platforms where they are named. */
export function index(
  entries: readonly (Graph | readonly [graph: Graph, platform: string])[],
  fields: Readonly<Record<string, unknown>> = {},
): Graph {
  const named = entries.map((entry) => ('root' in entry ? { graph: entry } : { graph: entry[0], platform: entry[1] }))
  const root = document(mediaTypes.ociIndex, {
    manifests: named.map(({ graph, platform }) => ({
      ...graph.root.descriptor,
      ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
    })),
    ...fields,
  })
  return { root, pieces: [...named.flatMap(({ graph }) => graph.pieces), root] }
}

/** Pushes all pieces of the graphs. */
export async function pushAll(store: Pusher, ...graphs: readonly Graph[]): Promise<void> {
  for (const { pieces } of graphs) {
    for (const { descriptor, bytes } of pieces) await store.push(descriptor, openOf(bytes))
  }
}

/** Opens bytes in memory, in chunks of 4 bytes. */
export function openOf(bytes: Uint8Array): OpenContent {
  return async ({ offset = 0 }) => chunksOf(bytes.subarray(offset))
}

/** The bytes in chunks. */
export async function* chunksOf(bytes: Uint8Array, chunkBytes = 4): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

function document(mediaType: string, fields: Readonly<Record<string, unknown>>): Piece {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }))
  return { bytes, descriptor: descriptorOf(mediaType, bytes) }
}
