/**
 * Which repositories exist: those to which a manifest was ever pushed.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { StorageContext } from './context.ts'
import { catalogKey } from './paths.ts'

/** Names remembered at most; markers are never removed, so a name that is remembered stays true. */
const rememberedNames = 100_000

export async function repositoryExists(
  context: StorageContext,
  name: string,
  options: OperationOptions,
): Promise<boolean> {
  if (context.knownRepositories.has(name)) return true
  const found = (await context.bucket.read(catalogKey(name), options)) !== undefined
  if (found) rememberRepository(context, name)
  return found
}

/** The marker was read or written. */
export function rememberRepository({ knownRepositories }: StorageContext, name: string): void {
  if (knownRepositories.size >= rememberedNames) knownRepositories.clear()
  knownRepositories.add(name)
}
