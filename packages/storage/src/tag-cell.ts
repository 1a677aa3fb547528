/**
 * Tag cells, and the markers that lead from a manifest to its tags.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { CellState } from './cells.ts'
import type { StorageContext } from './context.ts'
import type { ManifestTarget } from './manifest-cell.ts'
import { tagKey, tagMarkerPrefix } from './paths.ts'

export interface TagHeader {
  readonly digest: Digest
  readonly mediaType: string
  readonly size: number
  readonly pushedAt: string
}

export interface TagTarget {
  readonly repository: string
  readonly tag: string
}

export function readTag(
  context: StorageContext,
  { repository, tag }: TagTarget,
  options?: OperationOptions,
): Promise<CellState<TagHeader>> {
  return context.cells.read<TagHeader>(tagKey(repository, tag), options)
}

/** Pages of the tags that may name the manifest; each is verified by reading its cell. */
export async function* markedTags(
  context: StorageContext,
  { repository, digest }: ManifestTarget,
  options: OperationOptions,
): AsyncGenerator<readonly string[]> {
  const prefix = tagMarkerPrefix(repository, digest)
  let startAfter = prefix
  for (;;) {
    const page = await context.bucket.list({ prefix, startAfter, ...options })
    if (page.length > 0) yield page.map(({ key }) => key.slice(prefix.length))
    const last = page.at(-1)
    if (last === undefined || page.length < 1000) return
    startAfter = last.key
  }
}
