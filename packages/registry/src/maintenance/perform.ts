/**
 * Does maintenance on an open storage: in `serve`, for whoever asks over its socket, or in the command itself.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { GarbageFinding, RegistryStorage, RetentionDecision } from '@tsreg/storage'
import { dropsOf } from '@tsreg/storage/retention'
import type { MaintenanceRequest, MaintenanceResult, OnMaintenanceEvent, RetentionCounts } from './request.ts'

export interface PerformOptions extends OperationOptions {
  readonly onEvent: OnMaintenanceEvent
  /** Requests per second that garbage collection may make; 0: no limit. */
  readonly maxRequestsPerSecond: number
  /** Memory for its marks, in bytes. */
  readonly markBytes: number
  /**
   * True for a directory, which this process alone owns. Then the bytes of dead blobs are waited for, which is a matter of
   * seconds, and the lease of a collection is nobody's: whoever held it has died, or shares the work.
   */
  readonly isOwner: boolean
}

/** Findings of one garbage collection that are told one by one: they come faster than anybody reads. */
const toldFindings = 10_000

/** @throws what the storage throws; the signal's reason */
export async function perform(
  storage: RegistryStorage,
  request: MaintenanceRequest,
  options: PerformOptions,
): Promise<MaintenanceResult> {
  const { onEvent, signal } = options
  switch (request.verb) {
    case 'gc':
      return await collect(storage, request, options)
    case 'explain': {
      const { digest, graceMs, untaggedOlderThanMs } = request
      const explanation = await storage.explainGarbage(digest, { signal, ...ages({ graceMs, untaggedOlderThanMs }) })
      return { verb: 'explain', explanation }
    }
    case 'fsck': {
      const report = await storage.fsck({
        deep: request.deep,
        repair: request.repair,
        signal,
        onProgress: (progress) => void onEvent({ progress }),
        onFinding: (finding) => onEvent({ finding }),
      })
      return { verb: 'fsck', report }
    }
  }
}

async function collect(
  storage: RegistryStorage,
  request: MaintenanceRequest & { readonly verb: 'gc' },
  options: PerformOptions,
): Promise<MaintenanceResult> {
  const { onEvent, signal, maxRequestsPerSecond, markBytes, isOwner } = options
  const { dryRun, policy } = request
  const counts = { kept: 0, givenUp: 0 }
  const decisions = policy === undefined ? undefined : storage.retention(policy, { all: dryRun, signal })
  let findings = 0
  const report = await storage.collectGarbage({
    dryRun,
    ...ages(request),
    ...(decisions === undefined ? {} : { drops: dropsOf(tellEach(decisions, counts, onEvent)) }),
    maxRequestsPerSecond,
    markBytes,
    waitForBytes: isOwner,
    ignoreLease: isOwner,
    signal,
    onProgress: (progress) => void onEvent({ progress }),
    onFinding: (finding: GarbageFinding) => {
      findings++
      if (findings <= toldFindings) void onEvent({ finding })
    },
  })
  if (findings > toldFindings) await onEvent({ more: findings - toldFindings })
  return { verb: 'gc', report, ...(decisions === undefined ? {} : { retention: counts }) }
}

async function* tellEach(
  decisions: AsyncIterable<RetentionDecision>,
  counts: { -readonly [K in keyof RetentionCounts]: number },
  onEvent: OnMaintenanceEvent,
): AsyncGenerator<RetentionDecision> {
  for await (const decision of decisions) {
    if (decision.keep) counts.kept++
    else counts.givenUp++
    await onEvent({ decision })
    yield decision
  }
}

function ages({
  graceMs,
  untaggedOlderThanMs,
}: Pick<MaintenanceRequest & { verb: 'gc' }, 'graceMs' | 'untaggedOlderThanMs'>) {
  return {
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(untaggedOlderThanMs === undefined ? {} : { untaggedOlderThanMs }),
  }
}
