/**
 * Garbage collection on a schedule: whichever replica comes first when the last run is an interval ago collects for all.
 * @module
 */
import { type GarbageReport, type Rounds, startRounds } from '@tsreg/storage'
import type { Services } from './services.ts'

/** So often a replica looks whether a run is due, in milliseconds, unless the interval is shorter. */
const lookMs = 15 * 60 * 1000

/** Undefined where it is turned off, and on a store without compare-and-swap. A run that is cut off is gone on with by the next. */
export function collectOnSchedule(services: Services): Rounds | undefined {
  const { config, storage, log, metrics } = services
  const intervalMs = config.gcIntervalSeconds * 1000
  if (intervalMs === 0) return undefined
  if (storage.state().writers !== 'shared') {
    log.logger.info('no garbage is collected: the store has no compare-and-swap')
    return undefined
  }
  const round = (signal: AbortSignal) => collect(services, intervalMs, signal)
  return startRounds(round, Math.min(lookMs, intervalMs / 4), (error) => {
    metrics.gcFailures += 1
    log.logger.error({ err: error }, 'could not collect garbage; the next run goes on')
  })
}

async function collect(services: Services, intervalMs: number, signal: AbortSignal): Promise<void> {
  const { config, storage, log, metrics } = services
  const { gcUntaggedAfterSeconds: untagged } = config
  const report = await storage.collectGarbage({
    signal,
    ...(await policyDrops(services, signal)),
    graceMs: config.gcGraceSeconds * 1000,
    ...(untagged === undefined ? {} : { untaggedOlderThanMs: untagged * 1000 }),
    maxRequestsPerSecond: config.gcMaxRequestsPerSecond,
    markBytes: config.gcMemoryBytes,
    unlessFinishedWithinMs: intervalMs,
  })
  if (report.outcome !== 'done') return
  metrics.countGarbage(report)
  log.logger.info(summaryOf(report), 'garbage collected')
}

/** What the policy gives up, when there is one and it can be read; else the run is not begun. */
async function policyDrops({ config, storage, log }: Services, signal: AbortSignal) {
  if (config.retentionPolicy === undefined) return {}
  const { readPolicyFile } = await import('./maintenance/policy-file.ts')
  const { dropsOf } = await import('@tsreg/storage/retention')
  const policy = await readPolicyFile(config.retentionPolicy)
  log.logger.info({ file: config.retentionPolicy, rules: policy.rules.length }, 'a retention policy applies')
  return { drops: dropsOf(storage.retention(policy, { signal })) }
}

/** What an operator looks for in the log. */
function summaryOf({ manifests, links, blobs, tags, bytes, durationMs }: GarbageReport) {
  return {
    durationMs,
    blobs: blobs.seen,
    blobsRemoved: blobs.removed,
    linksRemoved: links.removed,
    manifestsRemoved: manifests.removed,
    tagsRemoved: tags.removed,
    bytesFreed: bytes.freed,
    bytesPending: bytes.pending,
  }
}
