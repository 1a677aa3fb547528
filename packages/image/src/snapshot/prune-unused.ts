/**
 * Unpacked layers of images that are gone.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import { isImageManifestType, isOciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { chainIds } from '@tsreg/oci/image'
import { readImage } from '../images/local-image.ts'
import { heldManifests } from '../layout/complete.ts'
import type { LayoutReader } from '../layout/layout.ts'
import type { Snapshotter } from './snapshotter.ts'

/** Removes the unpacked layers that no image of the layout has and no writable layer stands on. */
export async function pruneUnused(
  snapshots: Snapshotter,
  layout: LayoutReader,
  options: OperationOptions = {},
): Promise<{ readonly removed: readonly Digest[] }> {
  const keep = new Set<Digest>()
  const roots = new Map((await layout.entries(options)).map(({ descriptor }) => [descriptor.digest, descriptor]))
  for (const root of roots.values()) {
    for (const chainId of await chainsOf(layout, root, options)) keep.add(chainId)
  }
  return snapshots.prune([...keep], options)
}

/** The topmost chain of each image below an entry. What is broken has none: its layers are unpacked again if ever. */
async function chainsOf(
  layout: LayoutReader,
  root: Parameters<typeof readImage>[1],
  options: OperationOptions,
): Promise<readonly Digest[]> {
  const chains: Digest[] = []
  try {
    for (const held of await heldManifests(layout, root, options)) {
      if (!isImageManifestType(held.mediaType)) continue
      const { config } = await readImage(layout, held, options)
      chains.push(...chainIds(config?.rootfs.diff_ids ?? []).slice(-1))
    }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!isOciError(error)) throw error
  }
  return chains
}
