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
  if (!(await repositoryExists(context, name, options))) await context.cells.mark([catalogKey(name)], options)
}
