/**
 * Tags that go: those whose manifest is gone, and those that a policy gives up.
 * @module
 */
import { type Digest, isOciError } from '@tsreg/oci'
import type { CellState } from '../cells.ts'
import { deleteManifest } from '../manifest-delete.ts'
import { decodeName, manifestKey, parseTagKey, tagKey } from '../paths.ts'
import type { TagHeader } from '../tag-cell.ts'
import type { GarbageDrop, GarbageOptions, GarbageReason } from './report.ts'
import { forget, type Run } from './run.ts'

/**
 * Ends a tag whose manifest is dead. The tag is read before the manifest: a push that writes the tag later changes the
 * version read here, and one that wrote it earlier has not looked at the manifest for the last time yet.
 */
export async function repairTag(run: Run, key: string): Promise<void> {
  const { cells } = run.context
  const { signal } = run
  const tag = await cells.read<TagHeader>(key, { signal })
  if (tag.header === undefined) return
  const name = decodeName(parseTagKey(key).encoded)
  const manifest = manifestKey(name, tag.header.digest)
  if (!run.dropped.has(manifest) && (await cells.read(manifest, { signal })).header !== undefined) return
  await endTag(run, key, tag, 'dangling')
}

/** Ends what a policy gives up, unless it was pushed again since the policy looked; a dry run only remembers it. */
export async function dropAll(run: Run, drops: NonNullable<GarbageOptions['drops']>): Promise<void> {
  let done = 0
  for await (const drop of drops) {
    if (drop.what === 'tag') await dropTag(run, drop)
    else await dropManifest(run, drop)
    run.progress('drop', ++done)
  }
}

async function dropTag(run: Run, drop: GarbageDrop & { readonly what: 'tag' }): Promise<void> {
  const key = tagKey(drop.repository, drop.tag)
  const tag = await run.context.cells.read<TagHeader>(key, { signal: run.signal })
  if (tag.header?.digest !== drop.digest || tag.header.pushedAt !== drop.pushedAt) return
  await endTag(run, key, tag, 'policy')
}

async function endTag(run: Run, key: string, tag: CellState<TagHeader>, why: GarbageReason): Promise<void> {
  const { version, header } = tag
  if (version === undefined || header === undefined) return
  if (run.dryRun) run.dropped.add(key)
  else if (!(await run.context.cells.bury(key, version, { signal: run.signal }))) return
  const { encoded, tag: name } = parseTagKey(key)
  run.counts.tags.removed++
  run.found({ what: 'tag', repository: decodeName(encoded), digest: header.digest, tag: name, size: 0, why })
}

async function dropManifest(run: Run, { repository, digest }: { repository: string; digest: Digest }): Promise<void> {
  const { context, signal } = run
  const key = manifestKey(repository, digest)
  const { header } = await context.cells.read<{ readonly size: number }>(key, { signal })
  if (header === undefined) return
  if (run.dryRun) run.dropped.add(key)
  else {
    try {
      await deleteManifest(context, { repository, digest }, { signal })
    } catch (error) {
      if (!isOciError(error, 'MANIFEST_UNKNOWN')) throw error
      return
    }
    forget(run, key)
  }
  run.counts.manifests.removed++
  run.found({ what: 'manifest', repository, digest, size: header.size, why: 'policy' })
}
