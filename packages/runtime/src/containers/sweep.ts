/**
 * Clearing away what killed commands left: whatever is claimed and held by nobody.
 * @module
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { takeOverClaim } from '../claims/claim.ts'
import { clearAway } from './clear-away.ts'
import { readContainer } from './find.ts'
import { isContainerId } from './id.ts'
import type { RuntimeContext } from './runtime-context.ts'

export interface SweepResult {
  /** IDs of containers and steps that are gone now. */
  readonly removed: readonly string[]
}

/**
 * Containers of `--rm` that have ended, and containers and steps that were not finished before their command died. What runs
 * is left alone. Costs one read of a directory when there is nothing to do.
 */
export async function sweep(context: Omit<RuntimeContext, 'reaper'>): Promise<SweepResult> {
  const removed: string[] = []
  for (const id of await claimedIds(context.directory)) {
    if (await sweepOne(context, id)) removed.push(id)
  }
  return { removed }
}

/** As {@link sweep}, for one ID. @returns true when it is gone now */
export async function sweepOne(context: Omit<RuntimeContext, 'reaper'>, id: string): Promise<boolean> {
  const claim = takeOverClaim(context.directory, id)
  if (claim === undefined) return false
  try {
    const container = await readContainer(context.directory, id).catch(() => undefined)
    if (container?.record.host.autoRemove === true && container.state.status === 'running') {
      claim.leave()
      return false
    }
    if (container !== undefined && !container.record.host.autoRemove) {
      claim.keep()
      return false
    }
    await clearAway({ ...context, reaper: [] }, id)
    claim.keep()
    return true
  } finally {
    claim.leave()
  }
}

async function claimedIds(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(join(directory, 'claims'))).filter(isContainerId)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
