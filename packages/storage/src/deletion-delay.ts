/**
 * How long the bytes of a blob outlive its pointer: until no replica remembers where they were, and no URL that one of
 * them signed is good any more. Then a redirect never leads to a 404 for a blob that is alive.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import { cellsOf } from './cells.ts'
import type { StorageContext, StorageOptions } from './context.ts'
import { metaKey } from './paths.ts'

/** A URL that took longer to make is not handed out: it would be good for longer than the delay reckons with. */
export const signingAllowanceMs = 1000

/** The delay that the readers of one process need, in milliseconds. */
export function lingerMsOf({ cacheTtlMs, signedUrlMs }: Required<StorageOptions>): number {
  return cacheTtlMs + (signedUrlMs === 0 ? 0 : signedUrlMs + signingAllowanceMs)
}

/**
 * The delay that every process needs which ever opened the storage, in milliseconds: the largest one is kept in the `meta`
 * cell. Garbage collection deletes bytes no sooner than that after it knows that their pointer is dead.
 */
export async function deletionDelayMs({ bucket, options }: StorageContext, operation?: OperationOptions) {
  const { header } = await cellsOf(bucket).read<{ readonly lingerMs?: number }>(metaKey, operation)
  return Math.max(header?.lingerMs ?? 0, lingerMsOf(options))
}
