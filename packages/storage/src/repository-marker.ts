/**
 * Which repositories exist: those to which a manifest was ever pushed, and that were not deleted since.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { StorageContext } from './context.ts'
import { catalogKey } from './paths.ts'

export async function repositoryExists(
  context: StorageContext,
  name: string,
  options: OperationOptions,
): Promise<boolean> {
  return (await context.bucket.read(catalogKey(name), options)) !== undefined
}

/**
 * Writes the marker when it is not there. To be called after a manifest cell was written, not before: who deletes the
 * repository takes the marker away and then lists the manifests, so one of the two sees the other.
 */
export async function secureRepository(
  context: StorageContext,
  name: string,
  options: OperationOptions,
): Promise<void> {
  const { repositories: known } = context.seen
  if (known.has(name) && (await repositoryExists(context, name, options))) return
  // One request instead of a look and a write; a repository that is known may be gone, but seldom is.
  await context.bucket.put(catalogKey(name), new Uint8Array(0), { ifAbsent: true, ...options })
  if (known.size >= maxKnown) known.clear()
  known.add(name)
}

/** Names that are remembered. */
const maxKnown = 10_000
