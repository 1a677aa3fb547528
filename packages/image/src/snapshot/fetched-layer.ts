/**
 * A layer on its way from the store into a directory: counted, and proven by its diff ID.
 * @module
 */
import { type Descriptor, type Digest, OciError } from '@tsreg/oci'
import type { Fetcher } from '@tsreg/oci/content'
import type { AppliedLayer } from '../layer/index.ts'
import type { UnpackOptions } from './snapshotter.ts'

export interface FetchedLayer {
  readonly content: Fetcher
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly signal: AbortSignal | undefined
  readonly onProgress: UnpackOptions['onProgress']
}

/** @throws DIGEST_INVALID when the unpacked layer is not the one that the config names */
export async function fetchedLayer(
  { content, descriptor, diffId, signal, onProgress }: FetchedLayer,
  apply: (bytes: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void) => Promise<AppliedLayer>,
): Promise<AppliedLayer> {
  const bytes = await content.fetch(descriptor, { signal })
  try {
    const applied = await apply(bytes, (count) => onProgress?.(descriptor, { bytes: count, done: false }))
    if (applied.diffId === diffId) return applied
    throw new OciError(
      'DIGEST_INVALID',
      `layer ${descriptor.digest} unpacks to diff ID ${applied.diffId}; the image config says ${diffId}`,
      { detail: { layer: descriptor.digest, expected: diffId, received: applied.diffId } },
    )
  } finally {
    bytes.destroy()
  }
}
