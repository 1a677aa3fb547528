/**
 * M5: pointing tags at a manifest that has been written.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { mapBounded } from './bounded.ts'
import type { CellState } from './cells.ts'
import { contention, maxTurns, type StorageContext } from './context.ts'
import { readManifest } from './manifest-cell.ts'
import type { ManifestPush } from './manifest-push.ts'
import { tagKey } from './paths.ts'
import type { TagCondition } from './repository.ts'
import { readTag, type TagHeader } from './tag-cell.ts'
import { isConditional, requireCondition } from './tag-condition.ts'

/**
 * Writes every tag, also one that is right already: its fresh version is what stops a delete of the manifest that has
 * read it before. The conditions are decided on the very versions that are replaced.
 * @throws PRECONDITION_FAILED
 */
export async function writeTags(
  context: StorageContext,
  push: ManifestPush,
  condition: TagCondition,
  { isAgain, ...options }: OperationOptions & { readonly isAgain: boolean },
): Promise<void> {
  const { repository, digest } = push
  // Tags that an earlier turn of this very push wrote are no reason to refuse it.
  const own = isAgain ? digest : undefined
  const { mediaType, size, pushedAt } = push.header
  const header: TagHeader = { digest, mediaType, size, pushedAt }
  let left = push.tags
  for (let turn = 0; turn < maxTurns && left.length > 0; turn++) {
    const states = await readAllowed(context, { repository, tags: left, own }, condition, options)
    const changes = left.map((tag, index) => ({
      key: tagKey(repository, tag),
      version: states[index]?.version,
      header,
    }))
    const versions = await context.cells.writeAll(changes, options)
    left = left.filter((_, index) => versions[index] === undefined)
  }
  if (left.length > 0) throw contention(`tags ${left.slice(0, 5).join(', ')} of ${repository}`)
}

/** @throws PRECONDITION_FAILED when a condition does not hold now */
export async function checkTagConditions(
  context: StorageContext,
  { repository, tags }: ManifestPush,
  condition: TagCondition,
  options: OperationOptions,
): Promise<void> {
  await readAllowed(context, { repository, tags, own: undefined }, condition, options)
}

async function readAllowed(
  context: StorageContext,
  {
    repository,
    tags,
    own,
  }: { readonly repository: string; readonly tags: readonly string[]; readonly own: Digest | undefined },
  condition: TagCondition,
  options: OperationOptions,
): Promise<readonly CellState<TagHeader>[]> {
  return await mapBounded(tags, async (tag) => {
    const state = await readTag(context, { repository, tag }, options)
    if (own !== undefined && state.header?.digest === own) return state
    const current = isConditional(condition) ? await liveDigest(context, repository, state, options) : undefined
    requireCondition(`tag ${tag} of ${repository}`, condition, current)
    return state
  })
}

/** What the tag names, unless that is dead: such a tag is about to be cleaned up, and for its readers does not exist. */
async function liveDigest(
  context: StorageContext,
  repository: string,
  { header }: CellState<TagHeader>,
  options: OperationOptions,
): Promise<Digest | undefined> {
  if (header === undefined) return undefined
  const manifest = await readManifest(context, { repository, digest: header.digest }, options)
  return manifest.header === undefined ? undefined : header.digest
}
