/**
 * Content as a graph: a manifest points at its parts, and everything else at nothing.
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { childrenOf } from '../image/manifest.ts'
import { isManifestType } from '../media-types.ts'
import { fetchManifest } from './fetch-manifest.ts'
import type { Fetcher, OperationOptions } from './store.ts'

/**
 * What the content points at: config and layers of an image manifest, manifests of an index, nothing for a blob
 * (which is not fetched). The `subject` is not among them.
 * @throws what {@link fetchManifest} throws
 */
export async function successors(
  fetcher: Fetcher,
  descriptor: Descriptor,
  options: OperationOptions = {},
): Promise<readonly Descriptor[]> {
  if (!isManifestType(descriptor.mediaType)) return []
  const { manifest } = await fetchManifest(fetcher, descriptor, options)
  return childrenOf(manifest)
}
