/**
 * Deleting a manifest, and the tags that name it.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import { mapBounded } from './bounded.ts'
import { contention, maxTurns, type StorageContext } from './context.ts'
import { type ManifestTarget, readManifest } from './manifest-cell.ts'
import { manifestUnknown } from './manifest-errors.ts'
import { manifestKey, tagKey } from './paths.ts'
import { markedTags, readTag } from './tag-cell.ts'

/** @throws MANIFEST_UNKNOWN */
export async function deleteManifest(
  context: StorageContext,
  target: ManifestTarget,
  options: OperationOptions,
): Promise<void> {
  const { repository, digest } = target
  const found = await buryManifest(context, target, options)
  // Also when it was dead already: an earlier delete may have died before it came to the tags.
  for await (const tags of markedTags(context, target, options)) {
    await mapBounded(tags, (tag) => buryTagOfDead(context, target, tag, options))
  }
  if (!found) throw manifestUnknown(repository, digest)
}

async function buryManifest(
  context: StorageContext,
  target: ManifestTarget,
  options: OperationOptions,
): Promise<boolean> {
  const key = manifestKey(target.repository, target.digest)
  for (let turn = 0; turn < maxTurns; turn++) {
    const { header, version } = await readManifest(context, target, options)
    if (header === undefined || version === undefined) return false
    const done = await context.cells.bury(key, version, options)
    context.cache.drop(key)
    if (done) return true
  }
  throw contention(`manifest ${target.digest} of ${target.repository}`)
}

/**
 * The tag is read before the manifest: when the manifest is still dead then, a push that writes the tag later changes
 * the version read here, and one that wrote it earlier has not looked at the manifest for the last time yet.
 */
async function buryTagOfDead(
  context: StorageContext,
  target: ManifestTarget,
  tag: string,
  options: OperationOptions,
): Promise<void> {
  const { repository, digest } = target
  const { header, version } = await readTag(context, { repository, tag }, options)
  if (header?.digest !== digest || version === undefined) return
  if ((await readManifest(context, target, options)).header !== undefined) return
  await context.cells.bury(tagKey(repository, tag), version, options)
}
