/**
 * Is all there that a manifest is made of? The same rule as a registry's: children of an index and layers with `urls`
 * may be missing.
 * @module
 */
import { type Descriptor, isImageManifestType, isIndexType } from '@tsreg/oci'
import { fetchManifest, type OperationOptions } from '@tsreg/oci/content'
import { childrenOf, isNonDistributable } from '@tsreg/oci/image'
import type { LayoutReader } from './layout.ts'

/** The blobs that an image manifest of the layout lacks, each once; none for other content. @throws MANIFEST_UNKNOWN, DIGEST_INVALID */
export async function missingBlobs(
  reader: LayoutReader,
  target: Descriptor,
  options: OperationOptions = {},
): Promise<readonly Descriptor[]> {
  if (!isImageManifestType(target.mediaType)) return []
  const { manifest } = await fetchManifest(reader, target, options)
  const missing = new Map<string, Descriptor>()
  for (const child of childrenOf(manifest)) {
    if (isNonDistributable(child) || missing.has(child.digest)) continue
    if (!(await reader.exists(child, options))) missing.set(child.digest, child)
  }
  return [...missing.values()]
}

/** Manifests below the target that the layout holds, the target first, each once. */
export async function heldManifests(
  reader: LayoutReader,
  target: Descriptor,
  options: OperationOptions = {},
): Promise<readonly Descriptor[]> {
  const held = new Map<string, Descriptor>([[target.digest, target]])
  // A map is iterated with what is added meanwhile.
  for (const descriptor of held.values()) {
    if (!isIndexType(descriptor.mediaType)) continue
    const { manifest } = await fetchManifest(reader, descriptor, options)
    for (const child of childrenOf(manifest)) {
      if (!held.has(child.digest) && (await reader.exists(child, options))) held.set(child.digest, child)
    }
  }
  return [...held.values()]
}
