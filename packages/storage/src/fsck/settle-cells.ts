/**
 * Cells and markers that claim what was not in the listing: each is looked at again, the one who claims before the one that
 * is claimed, because that is the order in which a push writes them backwards.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { ManifestHeader } from '../manifest-cell.ts'
import { digestAt, parseCellKey, parseTagKey } from '../paths.ts'
import type { TagHeader } from '../tag-cell.ts'
import type { Claim } from './claims.ts'
import { type FsckRun, isYoung } from './run.ts'
import { readCell } from './scan.ts'
import { manifestAt } from './scan-repositories.ts'

/** A tag whose manifest is not there. The tag is read before the manifest: see `manifest-delete.ts`. */
export async function settleTag(run: FsckRun, { needed, by }: Claim): Promise<void> {
  const { context, signal } = run
  const state = await readCell<TagHeader>(run, by)
  if (state === 'unreadable' || state.header === undefined || state.version === undefined) return
  const { digest } = state.header
  const { repository, digest: expected } = manifestAt(needed)
  if (digest !== expected || (await isAlive(run, needed))) return
  const repaired = run.repair && (await context.cells.bury(by, state.version, { signal }))
  if (run.repair && !repaired) return
  const { tag } = parseTagKey(by)
  const detail = `tag ${tag} of ${repository} names manifest ${digest}, which is not there`
  await run.found({ problem: 'tag-dangling', key: by, repository, digest, tag, size: 0, detail, repaired })
}

/** A manifest that needs a blob whose pointer or link is not there. */
export async function settleBlob(run: FsckRun, { needed, by }: Claim): Promise<void> {
  if (!(await isSettled(run, by)) || (await isAlive(run, needed))) return
  const isLink = needed.startsWith('l/')
  const blob = isLink ? digestOfCell(needed) : digestAt(needed.slice('b/'.length))
  // Where the pointer is dead as well, its own claim tells.
  if (isLink && !(await isAlive(run, `b/${blob.replace(':', '/')}`))) return
  const { repository, digest } = manifestAt(by)
  const what = isLink ? `which ${repository} may not read` : 'which is not there'
  const detail = `manifest ${digest} of ${repository} needs blob ${blob}, ${what}; push it again`
  await run.found({ problem: 'manifest-incomplete', key: by, repository, digest, size: 0, detail, repaired: false })
}

/** A link whose pointer is not there: garbage collection takes it, where no manifest needs it. */
export async function settleLink(run: FsckRun, { needed, by }: Claim): Promise<void> {
  if (!(await isSettled(run, by)) || (await isAlive(run, needed))) return
  const { repository, digest } = manifestAt(by)
  const detail = `${repository} may read blob ${digest}, which is not there`
  await run.found({ problem: 'link-dangling', key: by, repository, digest, size: 0, detail, repaired: false })
}

/** A manifest or tag without its marker. Writing one is always right: a marker is a hint. */
export async function settleMarker(run: FsckRun, { needed, by }: Claim): Promise<void> {
  const { context, signal } = run
  if (!(await isSettled(run, by)) || (await context.bucket.read(needed, { signal })) !== undefined) return
  if (run.repair) await context.cells.mark([needed], { signal })
  const what = needed.startsWith('cat/') ? 'the catalog' : `marker ${needed}`
  const detail = `${by} is live, and ${what} does not lead to it`
  await run.found({ problem: 'marker-missing', key: needed, size: 0, detail, repaired: run.repair })
}

async function isAlive(run: FsckRun, key: string): Promise<boolean> {
  const state = await readCell(run, key)
  return state === 'unreadable' || state.header !== undefined
}

/** Alive, and not of a push that may be under way. */
async function isSettled(run: FsckRun, key: string): Promise<boolean> {
  const state = await readCell<ManifestHeader>(run, key)
  return state !== 'unreadable' && state.header !== undefined && !isYoung(run, state.modifiedMs)
}

function digestOfCell(key: string): Digest {
  const { algorithm, hex } = parseCellKey(key)
  return digestAt(`${algorithm}/${hex}`)
}
