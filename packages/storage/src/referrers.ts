/**
 * The referrers of a repository: manifests whose subject is another one.
 * @module
 */
import type { Descriptor } from '@tsreg/oci'
import { isDigest } from '@tsreg/oci'
import { artifactTypeOf, parseManifest } from '@tsreg/oci/image'
import { mapBounded } from './bounded.ts'
import type { StorageContext } from './context.ts'
import { listPage } from './listing.ts'
import { fetchManifest } from './manifests.ts'
import { digestAt, digestPath, subjectPrefix } from './paths.ts'
import type { ReferrerStore, StoredManifest } from './repository.ts'

export function referrerStore(context: StorageContext, repository: string): ReferrerStore {
  return {
    async list(subject, { limit, last, artifactType, signal }) {
      const prefix = subjectPrefix(repository, subject)
      return await listPage(context, {
        prefix,
        after: last !== undefined && isDigest(last) ? digestPath(last) : last,
        limit,
        signal,
        select: async (entries) => {
          const found = await mapBounded(entries, async ({ key }) => {
            const digest = digestAt(key.slice(prefix.length))
            const manifest = await fetchManifest(context, { repository, digest }, { signal })
            return manifest === undefined ? undefined : describe(manifest, subject)
          })
          return found.filter((item): item is Descriptor => {
            return item !== undefined && (artifactType === undefined || item.artifactType === artifactType)
          })
        },
      })
    },
  }
}

/** The entry of a referrer (distribution-spec main, "Listing Referrers"); undefined when the subject is another. */
function describe({ digest, mediaType, bytes }: StoredManifest, subject: string): Descriptor | undefined {
  const manifest = parseManifest(bytes, mediaType)
  if (manifest.subject?.digest !== subject) return undefined
  const artifactType = artifactTypeOf(manifest)
  return {
    mediaType,
    digest,
    size: bytes.byteLength,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  }
}
