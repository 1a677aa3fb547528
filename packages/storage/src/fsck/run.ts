/**
 * One run of fsck: what it was asked for, what it counts, and how it tells.
 * @module
 */
import type { StorageContext } from '../context.ts'
import {
  type FsckFinding,
  type FsckOptions,
  type FsckPhase,
  type FsckProblem,
  type FsckReport,
  fsckProblems,
} from './report.ts'

export interface FsckRun {
  readonly context: StorageContext
  readonly signal: AbortSignal | undefined
  readonly deep: boolean
  readonly repair: boolean
  readonly youngMs: number
  readonly sortBytes: number
  readonly checked: { -readonly [K in keyof FsckReport['checked']]: number }
  progress(phase: FsckPhase, done: number, total?: number): void
  /** Counts a problem and tells of it. */
  found(finding: FsckFinding): Promise<void>
  /** Counts one that is too common to be told of. */
  counted(problem: FsckProblem): void
  report(): FsckReport
}

export function startRun(context: StorageContext, options: FsckOptions): FsckRun {
  const { deep = false, repair = false, youngMs = 60_000, sortBytes = 16 * 1024 * 1024 } = options
  const { now } = context.options
  const startedMs = now()
  const problems: { -readonly [K in keyof FsckReport['problems']]: FsckReport['problems'][K] } = {}
  let damage = 0
  const checked = {
    pointers: 0,
    links: 0,
    manifests: 0,
    tags: 0,
    markers: 0,
    sessions: 0,
    objects: 0,
    objectBytes: 0,
    trash: 0,
    hashedBytes: 0,
  }

  function add(problem: FsckProblem, size: number, repaired: boolean): void {
    const before = problems[problem] ?? { found: 0, repaired: 0, bytes: 0 }
    problems[problem] = {
      found: before.found + 1,
      repaired: before.repaired + (repaired ? 1 : 0),
      bytes: before.bytes + size,
    }
  }

  return {
    context,
    signal: options.signal,
    deep,
    repair,
    youngMs,
    sortBytes,
    checked,
    progress(phase, done, total) {
      const hashed = deep ? { hashedBytes: checked.hashedBytes } : {}
      options.onProgress?.({ phase, done, ...(total === undefined ? {} : { total }), ...hashed })
    },
    async found(finding) {
      const { problem, size, repaired } = finding
      add(problem, size, repaired)
      if (fsckProblems[problem].harm === 'damage' && !repaired) damage++
      await options.onFinding?.(finding)
    },
    counted: (problem) => add(problem, 0, false),
    report: () => ({
      deep,
      repair,
      startedAt: new Date(startedMs).toISOString(),
      durationMs: Math.max(0, now() - startedMs),
      checked: { ...checked },
      problems: { ...problems },
      damage,
    }),
  }
}

/** True for what was written so lately that its push may be under way. */
export function isYoung({ context, youngMs }: FsckRun, modifiedMs: number): boolean {
  return context.options.now() - modifiedMs < youngMs
}
