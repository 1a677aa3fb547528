/**
 * Bringing the layers of an image in place where there is no overlay: one after the other into one directory, beginning with a
 * copy of the highest chain that is there.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import { chainIds } from '@tsreg/oci/image'
import { applyLayer } from '../layer/index.ts'
import { copyTree } from '../tree/copy-tree.ts'
import { inheritRoot } from '../tree/root.ts'
import { fetchedLayer } from './fetched-layer.ts'
import { making } from './locks.ts'
import { beginLayer, isInPlace, putInPlace } from './place.ts'
import type { Unpacking } from './unpack-overlay.ts'

/** @throws DIGEST_INVALID, LAYER_INVALID, what the content throws */
export async function unpackDirectory(unpacking: Unpacking): Promise<Digest | undefined> {
  const { paths, stack, options } = unpacking
  const chain = chainIds(stack.diffIds)
  const top = chain.at(-1)
  if (top !== undefined && !isInPlace(paths, top)) {
    await making(paths, paths.layerLock(top), options, async () => {
      if (!isInPlace(paths, top)) await makeTop(unpacking, chain, top)
    })
  }
  for (const layer of stack.layers) options.onProgress?.(layer, { bytes: 0, done: true })
  return top
}

async function makeTop(
  { paths, content, stack, options }: Unpacking,
  chain: readonly Digest[],
  top: Digest,
): Promise<void> {
  const { signal, onProgress } = options
  const directory = await beginLayer(paths, top)
  const there = chain.findLastIndex((chainId) => isInPlace(paths, chainId))
  const below = chain[there]
  const filesBelow = below === undefined ? undefined : paths.layer(below).files
  if (filesBelow !== undefined) await copyTree(filesBelow, directory, { signal })
  inheritRoot(directory, filesBelow)
  let sizeBytes = 0
  for (const [at, descriptor] of stack.layers.entries()) {
    if (at <= there) continue
    const diffId = stack.diffIds[at] as Digest
    const applied = await fetchedLayer({ content, descriptor, diffId, signal, onProgress }, (bytes, onBytes) =>
      applyLayer(bytes, directory, { whiteouts: 'remove', signal, onBytes }),
    )
    sizeBytes = applied.sizeBytes
  }
  const record = { parent: chain.at(-2), diffId: stack.diffIds.at(-1) as Digest, sizeBytes }
  await putInPlace(paths, top, record, { signal })
}
