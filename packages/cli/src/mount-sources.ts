/**
 * Where a registry is likely to have the layers of an image already: in the repositories of local images that share them.
 * @module
 */
import type { Layout, LocalImage } from '@tsreg/image'
import { type Descriptor, type Digest, isOciError, parseReference, type Reference } from '@tsreg/oci'

/** The repository to mount a blob from; undefined where no local image tells of one. */
export type MountSource = (blob: Descriptor) => string | undefined

/**
 * From the local images with a name in the registry of the destination. An image that was built on one of them has its
 * layers, so that only what was built is sent.
 * @param all the local images
 */
export async function mountSources(
  layout: Layout,
  all: readonly LocalImage[],
  { registry, repository }: Reference,
  signal: AbortSignal,
): Promise<MountSource> {
  const { readImage } = await import('@tsreg/image')
  const repositories = new Map<Digest, string>()
  for (const { reference, root } of all) {
    if (reference === undefined) continue
    const other = parseReference(reference)
    if (other.registry !== registry || other.repository === repository) continue
    try {
      const { manifest } = await readImage(layout, root, { signal })
      for (const { digest } of [manifest.config, ...manifest.layers]) repositories.set(digest, other.repository)
    } catch (error) {
      // A damaged image tells of nothing; whoever uses it is told.
      if (!isOciError(error)) throw error
    }
  }
  return ({ digest }) => repositories.get(digest)
}
