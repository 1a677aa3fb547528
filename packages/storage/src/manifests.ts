/**
 * The manifests of one repository.
 * @module
 */

import type { OperationOptions } from '@tsreg/oci/content'
import type { StorageContext } from './context.ts'
import type { ManifestTarget } from './manifest-cell.ts'
import { readManifest } from './manifest-cell.ts'
import { deleteManifest } from './manifest-delete.ts'
import { manifestUnknown } from './manifest-errors.ts'
import { pushManifest } from './manifest-push.ts'
import { manifestKey } from './paths.ts'
import type { ManifestStore, StoredManifest } from './repository.ts'

export function manifestStore(context: StorageContext, repository: string): ManifestStore {
  return {
    async fetch(digest, options = {}) {
      const found = await fetchManifest(context, { repository, digest }, options)
      if (found === undefined) throw manifestUnknown(repository, digest)
      return found
    },
    put: (options) => pushManifest(context, repository, options),
    delete: (digest, options = {}) => deleteManifest(context, { repository, digest }, options),
  }
}

/** The manifest as readers see it, from the cache where it is there; undefined when there is none. */
export async function fetchManifest(
  context: StorageContext,
  { repository, digest }: ManifestTarget,
  options: OperationOptions,
): Promise<StoredManifest | undefined> {
  const load = async (): Promise<StoredManifest | undefined> => {
    const { header, payload } = await readManifest(context, { repository, digest }, options)
    return header === undefined ? undefined : { digest, mediaType: header.mediaType, bytes: payload }
  }
  return await context.cache.through(manifestKey(repository, digest), load, ({ bytes }) => bytes.byteLength)
}
