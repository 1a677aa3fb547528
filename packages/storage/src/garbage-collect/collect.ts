/**
 * Garbage collection beside pushes, from any replica, several at once.
 *
 * ```
 * G4  trash of earlier runs    bytes that no pointer names and no reader is on his way to
 * G0  mark                     one range scan of m/, and one of t/ for tags whose manifest is gone
 * G1  condemn                  what is not marked and older than the grace: compare-and-swap to `cond`
 * G2  mark again               from scratch: what was pushed before G1 is in it, what comes later sees `cond`
 * G3  sweep                    marked: back to `live`; not: session fenced, trash entry written, then the tombstone
 * ```
 *
 * Whoever needs a condemned cell sets it back to `live`, which changes its version, and G3 replaces none but the version
 * that it saw before G2. A run that is cut off leaves condemned cells, which are readable, and trash entries; the next one
 * goes on with both.
 * @module
 */
import { setTimeout } from 'node:timers/promises'
import { OciError } from '@tsreg/oci'
import type { StorageContext } from '../context.ts'
import { deletionDelayMs } from '../deletion-delay.ts'
import { condemn } from './candidates.ts'
import { takeLease } from './lease.ts'
import { markAll } from './mark.ts'
import { allDigests } from './mark-set.ts'
import type { GarbageOptions, GarbageReport } from './report.ts'
import { type Run, reportOf, startRun } from './run.ts'
import { sweep } from './sweep.ts'
import { dropAll, repairTag } from './tags.ts'
import { emptyTrash } from './trash.ts'

/**
 * One run. @throws UNSUPPORTED on a store without compare-and-swap; CONTENT_CORRUPT when a manifest cannot be read, before
 * anything was removed; what the bucket throws, and then the next run goes on
 */
export async function collectGarbage(context: StorageContext, options: GarbageOptions = {}): Promise<GarbageReport> {
  checkOptions(options)
  if (!context.bucket.capabilities.cas) throw unsupported()
  const run = startRun(context, options)
  if (run.dryRun) {
    await collect(run, options)
    return reportOf(run, 'done')
  }
  const lease = await takeLease(run, options)
  if (lease === 'busy' || lease === 'recent') return reportOf(run, lease)
  try {
    await collect(run, options)
  } catch (error) {
    lease.leave()
    throw error
  }
  await lease.finish()
  return reportOf(run, 'done')
}

async function collect(run: Run, options: GarbageOptions): Promise<void> {
  const delayMs = await deletionDelayMs(run.context, { signal: run.signal })
  await emptyTrash(run, delayMs) // G4
  if (options.drops !== undefined) await dropAll(run, options.drops)
  // One pass, unless the marks of all digests are too many.
  for (let from = 0; from < allDigests; ) {
    const marks = await markAll(run, from, (key) => repairTag(run, key)) // G0
    for await (const candidates of condemn(run, marks, from)) await sweep(run, candidates) // G1, G2 and G3
    from = marks.limit
  }
  const { manifests } = run.counts
  if (run.untaggedOlderThanMs === undefined) manifests.kept = manifests.seen
  if (options.waitForBytes === true && !run.dryRun) await waitForBytes(run, delayMs)
}

/** Until what this run took out of use is old enough; the bucket's clock may be a little behind. */
async function waitForBytes(run: Run, delayMs: number): Promise<void> {
  for (let turn = 0; turn < 3 && run.counts.bytes.pending > 0; turn++) {
    run.progress('wait', turn)
    await setTimeout(delayMs + 10, undefined, run.signal === undefined ? {} : { signal: run.signal })
    await emptyTrash(run, delayMs)
  }
}

function checkOptions(options: GarbageOptions): void {
  for (const name of ['graceMs', 'untaggedOlderThanMs', 'maxRequestsPerSecond', 'markBytes', 'batchSize'] as const) {
    const value = options[name]
    const least = name === 'batchSize' ? 1 : 0
    if (value === undefined || value >= least) continue
    throw new TypeError(`${name}: expected a number from ${least} on, got ${value}`)
  }
}

function unsupported(): OciError {
  const advice = 'stop the registry and run tsreg fsck --repair'
  return new OciError(
    'UNSUPPORTED',
    `collecting garbage needs a store with compare-and-swap, which this one lacks: ${advice}`,
  )
}
