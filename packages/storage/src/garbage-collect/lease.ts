/**
 * The lease: one run at a time is enough. It is for efficiency alone; two runs at once do the same work twice and no harm.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { gcLeaseKey } from '../paths.ts'
import type { GarbageOptions } from './report.ts'
import type { Run } from './run.ts'

interface LeaseHeader {
  readonly st: 'running' | 'finished'
  /** Names the run. */
  readonly id: string
  /** ISO 8601 */
  readonly startedAt: string
  /** Since when condemned cells of other runs may be about: of one that was cut off, or of one that this one overtook. */
  readonly condemnedSince?: string
}

export interface Lease {
  /** The run has come to its end. */
  finish(): Promise<void>
  /** The run is cut off: the lease is left as it is, and the next run looks after what this one condemned. */
  leave(): void
}

/** A lease that was not renewed for so long belongs to a run that is no more. */
const staleMs = 60_000
const renewMs = 15_000
/** Clocks of replicas and of the bucket may differ by so much without a condemned cell being overlooked. */
const slackMs = 300_000

/** @returns why the run is not to be */
export async function takeLease(run: Run, options: GarbageOptions): Promise<Lease | 'busy' | 'recent'> {
  const { context, signal } = run
  const { now } = context.options
  const id = randomUUID()
  const seen = await context.cells.read<LeaseHeader>(gcLeaseKey, { signal })
  const ageMs = now() - seen.modifiedMs
  if (seen.header?.st === 'running' && ageMs < staleMs && options.ignoreLease !== true) return 'busy'
  if (seen.header?.st === 'finished' && ageMs < (options.unlessFinishedWithinMs ?? 0)) return 'recent'
  const running = seen.header?.st === 'running' ? seen.header : undefined
  const left = seen.header?.condemnedSince ?? running?.startedAt
  // A run that may still be about, and may be cut off when this one has ended: the next one looks after it once more.
  const overtaken = ageMs < staleMs ? running?.startedAt : undefined
  if (left !== undefined) run.recoverSinceMs = Date.parse(left) - slackMs
  const startedAt = new Date(run.startedMs).toISOString()
  const header: LeaseHeader = {
    st: 'running',
    id,
    startedAt,
    ...(left === undefined ? {} : { condemnedSince: left }),
  }
  let version = await context.cells.write({ key: gcLeaseKey, version: seen.version, header }, { signal })
  if (version === undefined && options.ignoreLease !== true) return 'busy'

  let writing: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    writing = write(header).catch(() => {})
  }, renewMs)
  timer.unref()

  async function write(next: LeaseHeader): Promise<void> {
    // Another run took it: then it is that one's to keep.
    if (version === undefined) return
    version = await context.cells.write({ key: gcLeaseKey, version, header: next }, { signal })
  }

  return {
    leave: () => clearInterval(timer),
    async finish() {
      clearInterval(timer)
      await writing
      await write({ st: 'finished', id, startedAt, ...(overtaken === undefined ? {} : { condemnedSince: overtaken }) })
    },
  }
}
