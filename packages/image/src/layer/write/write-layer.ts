/**
 * Writing a layer: entries -> tar -> sha256 (the diff ID) -> gzip -> sha256 -> content store, in one pass.
 * @module
 */
import { type Descriptor, type Digest, Digester, mediaTypes } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { Ingester } from '../../layout/layout.ts'
import { gzip } from '../gzip.ts'
import { inChunks } from './chunks.ts'
import type { LayerEntry } from './entry.ts'
import { type TarEntriesOptions, tarEntries } from './tar-entries.ts'

export interface WriteLayerOptions extends OperationOptions, TarEntriesOptions {}

/** A layer that lies in a content store. */
export interface WrittenLayer {
  /** Compressed by gzip. */
  readonly descriptor: Descriptor
  readonly diffId: Digest
  /** Of the uncompressed tar. */
  readonly sizeBytes: number
}

/**
 * Writes the entries as a layer into the store; undefined, and nothing written, when there are none. The same entries give
 * the same diff ID everywhere, and the same digest for the same version of Node. A few MiB are in memory, whatever the
 * size.
 * @throws NAME_RESERVED, FILE_CHANGED; STORAGE_FULL; what the content of an entry throws; the reason of the signal
 */
export async function writeLayer(
  entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
  store: Ingester,
  { signal, latestTime }: WriteLayerOptions = {},
): Promise<WrittenLayer | undefined> {
  const first = await peek(entries)
  if (first === undefined) return undefined
  const tar = new Digester()
  const chunks = inChunks(tarEntries(first, { latestTime }))
  const descriptor = await store.ingest(mediaTypes.ociLayerGzip, gzip(hashed(chunks, tar, signal)), { signal })
  return { descriptor, diffId: tar.digest(), sizeBytes: tar.size }
}

/** The same entries, or undefined when there are none. */
async function peek(
  entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
): Promise<AsyncIterable<LayerEntry> | undefined> {
  const iterator = (async function* () {
    yield* entries
  })()
  const first = await iterator.next()
  if (first.done === true) return undefined
  return (async function* () {
    yield first.value
    yield* iterator
  })()
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  digester: Digester,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    signal?.throwIfAborted()
    digester.update(chunk)
    yield chunk
  }
}
