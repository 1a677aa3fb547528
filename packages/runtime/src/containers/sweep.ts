/**
 * Clearing away what killed commands left: whatever is claimed and held by nobody.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { takeOverClaim } from '../claims/claim.ts'
import { clearAway, endRuntime } from './clear-away.ts'
import { type Container, readContainer } from './find.ts'
import { isContainerId } from './id.ts'
import { type RuntimeContext, runcState } from './runtime-context.ts'
import { forgetRun } from './state.ts'

export interface SweepResult {
  /** IDs of containers and steps that are gone now. */
  readonly removed: readonly string[]
  /** Those that should be gone and could not be cleared away: the next sweep tries again. */
  readonly failed: readonly { readonly id: string; readonly error: unknown }[]
}

/**
 * Containers of `--rm` that have ended, and containers and steps that were not finished before their command died. What runs
 * is left alone. Costs one read of a directory when there is nothing to do.
 */
export async function sweep(context: Omit<RuntimeContext, 'reaper'>): Promise<SweepResult> {
  const removed: string[] = []
  const failed: { readonly id: string; readonly error: unknown }[] = []
  for (const id of claimedIds(context.directory)) {
    try {
      if (await sweepOne(context, id)) removed.push(id)
    } catch (error) {
      // It is nobody's business who only wants to run another container.
      failed.push({ id, error })
    }
  }
  return { removed, failed }
}

/** As {@link sweep}, for one ID. @returns true when it is gone now */
export async function sweepOne(context: Omit<RuntimeContext, 'reaper'>, id: string): Promise<boolean> {
  const claim = takeOverClaim(context.directory, id)
  if (claim === undefined) return false
  try {
    const container = await readContainer(context.directory, id).catch(() => undefined)
    const stays = container?.record.host.autoRemove === false
    if (container !== undefined && isRunning(context, container)) {
      if (stays) claim.keep()
      return false
    }
    if (!stays) await clearAway({ ...context, reaper: [] }, id)
    else if (container.state.status !== 'exited') await forgetStart(context, id)
    claim.keep()
    return !stays
  } finally {
    claim.leave()
  }
}

/** Not while it waits, made by runc, for a start that nobody gives any more. */
function isRunning({ directory }: Omit<RuntimeContext, 'reaper'>, { record: { id }, state }: Container): boolean {
  return state.status === 'running' && !existsSync(join(runcState({ directory }), id, 'exec.fifo'))
}

/** Its command was killed on the way: it is as it was before. */
async function forgetStart(context: Omit<RuntimeContext, 'reaper'>, id: string): Promise<void> {
  await endRuntime(context, id)
  await forgetRun(join(context.directory, id))
}

function claimedIds(directory: string): readonly string[] {
  try {
    return readdirSync(join(directory, 'claims')).filter(isContainerId)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
