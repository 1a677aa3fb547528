/**
 * Taking images out of a layout: their entries, and the content that only they led to.
 * @module
 */
import { type Descriptor, isManifestType, isOciError } from '@tsreg/oci'
import { fetchManifest, type OperationOptions } from '@tsreg/oci/content'
import { childrenOf } from '@tsreg/oci/image'
import { removeIfPresent } from '../files/durable.ts'
import { changeIndex } from './change-index.ts'
import type { LayoutEntry, LayoutReader, RemovedContent } from './layout.ts'
import type { LayoutPaths } from './paths.ts'

export interface Removal {
  readonly paths: LayoutPaths
  readonly reader: LayoutReader
  readonly choose: (entry: LayoutEntry) => boolean
  readonly options: OperationOptions
}

/**
 * The entries go first, then manifests before what they are made of: a crash leaves content without a name, never a name
 * without content.
 */
export async function removeContent({ paths, reader, choose, options }: Removal): Promise<RemovedContent> {
  const entries: LayoutEntry[] = []
  const deleted: Descriptor[] = []
  await changeIndex(
    paths,
    options,
    async (index) => {
      const kept = index.entries.filter((entry) => !choose(entry))
      if (kept.length === index.entries.length) return index
      entries.push(...index.entries.filter((entry) => !kept.includes(entry)))
      const needed = await reachable(reader, kept, options)
      const candidates = await reachable(reader, entries, options)
      for (const descriptor of candidates.values()) {
        if (!needed.has(descriptor.digest)) deleted.push(descriptor)
      }
      return { ...index, entries: kept }
    },
    async () => {
      for (const { digest } of deleted) await removeIfPresent(paths.blob(digest))
    },
  )
  return { entries, deleted }
}

/**
 * What the layout holds below the entries, by digest, parents before children. What is missing or damaged leads nowhere:
 * a broken image must be removable.
 */
export async function reachable(
  reader: LayoutReader,
  entries: readonly LayoutEntry[],
  options: OperationOptions,
): Promise<ReadonlyMap<string, Descriptor>> {
  const queue = new Map<string, Descriptor>(entries.map(({ descriptor }) => [descriptor.digest, descriptor]))
  const found = new Map<string, Descriptor>()
  for (const descriptor of queue.values()) {
    if (!(await isHeld(reader, descriptor, options))) continue
    found.set(descriptor.digest, descriptor)
    if (!isManifestType(descriptor.mediaType)) continue
    for (const child of await children(reader, descriptor, options)) {
      // A manifest that some other document calls a blob is still followed.
      const known = queue.get(child.digest)
      if (known === undefined || (isManifestType(child.mediaType) && !isManifestType(known.mediaType))) {
        queue.delete(child.digest)
        queue.set(child.digest, child)
      }
    }
  }
  return found
}

async function isHeld(reader: LayoutReader, descriptor: Descriptor, options: OperationOptions): Promise<boolean> {
  return (await reader.exists(descriptor, options)) || (await heldWithAnotherSize(reader, descriptor, options))
}

// A truncated file is not content, but it must be deleted with its image.
async function heldWithAnotherSize(reader: LayoutReader, descriptor: Descriptor, options: OperationOptions) {
  try {
    ;(await reader.fetch(descriptor, options)).destroy()
    return true
  } catch (error) {
    return isOciError(error, 'CONTENT_CORRUPT')
  }
}

async function children(
  reader: LayoutReader,
  descriptor: Descriptor,
  options: OperationOptions,
): Promise<readonly Descriptor[]> {
  try {
    return childrenOf((await fetchManifest(reader, descriptor, options)).manifest)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (isOciError(error)) return []
    throw error
  }
}
