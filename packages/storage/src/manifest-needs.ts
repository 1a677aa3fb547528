/**
 * M4, the post-check: is everything there that a manifest needs? Run after the manifest cell is written, because from
 * then on GC's mark contains what it names; what GC condemned before is rescued here, or found dead and reported.
 * @module
 */
import { type Digest, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { childrenOf, isNonDistributable, type Manifest } from '@tsreg/oci/image'
import { mapBounded } from './bounded.ts'
import type { StorageContext } from './context.ts'
import { secureLink } from './link.ts'
import { secureManifest } from './manifest-cell.ts'
import { securePointer } from './pointer.ts'

/**
 * The blobs that are missing. An image manifest needs its config and its layers, but those fetched from elsewhere; the
 * children of an index may be missing, those that are there, as manifests or as blobs, are kept. So may those of an image
 * with `sparseImages`.
 */
export async function findMissing(
  context: StorageContext,
  { repository, manifest }: { readonly repository: string; readonly manifest: Manifest },
  options: OperationOptions,
): Promise<readonly Digest[]> {
  const children = childrenOf(manifest)
  if (manifest.kind === 'index') {
    const digests = new Set(children.map(({ digest }) => digest))
    await mapBounded([...digests], async (digest) => {
      if (await secureManifest(context, { repository, digest }, options)) return
      // Caches of builds are indexes of blobs.
      await Promise.all([
        secureLink(context, { repository, digest }, options),
        securePointer(context, digest, 'manifest', options),
      ])
    })
    return []
  }
  const needed = neededBlobs(manifest)
  const present = await mapBounded(needed, async (digest) => {
    const pointer = securePointer(context, digest, 'manifest', options)
    const [linked, found] = await Promise.all([secureLink(context, { repository, digest }, options), pointer])
    return linked && found !== undefined
  })
  return context.options.sparseImages ? [] : needed.filter((_, index) => !present[index])
}

/** The blobs without which a manifest is refused: config and layers of an image, but those fetched from elsewhere. */
export function neededBlobs(manifest: Manifest): readonly Digest[] {
  if (manifest.kind === 'index') return []
  const needed = childrenOf(manifest).filter((child) => !isNonDistributable(child))
  return [...new Set(needed.map(({ digest }) => digest))]
}

/** Digests that the message of {@link missingBlobs} spells out; the detail has all. */
const namedInMessage = 20

/** @returns MANIFEST_BLOB_UNKNOWN naming each */
export function missingBlobs(repository: string, manifest: Digest, missing: readonly Digest[]): OciError {
  const named = missing.slice(0, namedInMessage).join(', ')
  const more = missing.length > namedInMessage ? ` and ${missing.length - namedInMessage} more` : ''
  const message = `manifest ${manifest} needs blobs that repository ${repository} does not have: ${named}${more}; push them first`
  return new OciError('MANIFEST_BLOB_UNKNOWN', message, { detail: { name: repository, manifest, missing } })
}
