/**
 * Manifest cells: a header line and the exact bytes.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { CellState } from './cells.ts'
import { contention, maxTurns, type StorageContext } from './context.ts'
import { manifestKey } from './paths.ts'

export interface ManifestHeader {
  /** `cond`: GC wants it; whoever needs it sets it back to `live`. Readable all the same. */
  readonly st: 'live' | 'cond'
  readonly mediaType: string
  readonly size: number
  readonly pushedAt: string
}

export interface ManifestTarget {
  readonly repository: string
  readonly digest: Digest
}

export type ManifestState = CellState<ManifestHeader>

export function readManifest(
  context: StorageContext,
  { repository, digest }: ManifestTarget,
  options?: OperationOptions,
): Promise<ManifestState> {
  return context.cells.read<ManifestHeader>(manifestKey(repository, digest), options)
}

/** Reads the manifest, rescued when GC condemned it; false when it is absent or dead. */
export async function secureManifest(
  context: StorageContext,
  target: ManifestTarget,
  options?: OperationOptions,
): Promise<boolean> {
  const key = manifestKey(target.repository, target.digest)
  for (let turn = 0; turn < maxTurns; turn++) {
    const { header, payload, version } = await readManifest(context, target, options)
    if (header === undefined) return false
    if (header.st === 'live') return true
    await context.cells.write({ key, version, header: { ...header, st: 'live' as const }, payload }, options)
  }
  throw contention(`manifest ${target.digest} of ${target.repository}`)
}
