/**
 * One run of garbage collection: what it was asked for, what it counts, and the storage as it sees it.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import { cellsOf } from '../cells.ts'
import type { StorageContext } from '../context.ts'
import { type MeteredBucket, meteredBucket } from './metered-bucket.ts'
import type { GarbageCounts, GarbageFinding, GarbageOptions, GarbagePhase, GarbageReport } from './report.ts'

export type Counts = { -readonly [K in keyof GarbageCounts]: number }

export interface Run {
  /** The storage's, with a bucket that counts and waits. */
  readonly context: StorageContext
  readonly signal: AbortSignal | undefined
  readonly dryRun: boolean
  readonly graceMs: number
  /** Undefined: untagged manifests are kept. */
  readonly untaggedOlderThanMs: number | undefined
  readonly markBytes: number
  readonly batchSize: number
  /** Keys that a dry run takes for deleted. */
  readonly dropped: Set<string>
  /** Since when a run that was cut off may have condemned cells, in milliseconds since 1970. */
  recoverSinceMs: number
  readonly counts: {
    readonly manifests: Counts & { read: number }
    readonly links: Counts
    readonly blobs: Counts
    readonly tags: { seen: number; read: number; removed: number }
    readonly bytes: { freed: number; pending: number }
  }
  readonly requests: MeteredBucket['requests']
  readonly startedMs: number
  progress(phase: GarbagePhase, done: number, total?: number): void
  found(finding: GarbageFinding): void
}

export function startRun(context: StorageContext, options: GarbageOptions): Run {
  const { bucket, requests } = meteredBucket(context.bucket, options.maxRequestsPerSecond ?? 0)
  const { onProgress, onFinding, markBytes = 128 * 1024 * 1024 } = options
  return {
    context: { ...context, bucket, cells: cellsOf(bucket) },
    signal: options.signal,
    dryRun: options.dryRun ?? false,
    graceMs: options.graceMs ?? context.options.graceMs,
    untaggedOlderThanMs: options.untaggedOlderThanMs,
    markBytes,
    batchSize: options.batchSize ?? Math.max(1000, Math.floor(markBytes / 1000)),
    dropped: new Set(),
    recoverSinceMs: Number.POSITIVE_INFINITY,
    counts: {
      manifests: { ...noCounts(), read: 0 },
      links: noCounts(),
      blobs: noCounts(),
      tags: { seen: 0, read: 0, removed: 0 },
      bytes: { freed: 0, pending: 0 },
    },
    requests,
    startedMs: context.options.now(),
    progress: (phase, done, total) => onProgress?.({ phase, done, ...(total === undefined ? {} : { total }) }),
    found: (finding) => onFinding?.(finding),
  }
}

export function reportOf(run: Run, outcome: GarbageReport['outcome']): GarbageReport {
  const { dryRun, startedMs, counts, requests, context } = run
  return structuredClone({
    outcome,
    dryRun,
    startedAt: new Date(startedMs).toISOString(),
    durationMs: Math.max(0, context.options.now() - startedMs),
    ...counts,
    requests,
  })
}

/** True for what is at least so old. The bucket's clock may be ahead of ours: with 0 everything is old. */
export function isOlder(run: Run, modifiedMs: number, ageMs: number): boolean {
  return ageMs <= 0 || run.context.options.now() - modifiedMs >= ageMs
}

/** Forgets what this replica remembers of a cell that it ended. */
export function forget({ context }: Run, key: string): void {
  context.cache.drop(key)
}

/** `<alg>` and `<hex>` of a key as a digest. */
export function digestOfPath(algorithm: string, hex: string): Digest {
  return `${algorithm}:${hex}` as Digest
}

function noCounts(): Counts {
  return { seen: 0, kept: 0, young: 0, condemned: 0, rescued: 0, removed: 0 }
}
