/**
 * G1: what the mark does not name and is older than the grace is condemned, and remembered with the version it has then.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import { parseManifest } from '@tsreg/oci/image'
import { mapBounded } from '../bounded.ts'
import type { ETag } from '../bucket/bucket.ts'
import type { CellState } from '../cells.ts'
import { pagesOf } from '../listing.ts'
import { manifestKey } from '../paths.ts'
import type { MarkSet } from './mark-set.ts'
import type { GarbageReason } from './report.ts'
import { isOlder, type Run } from './run.ts'
import { ageOf, countsOf, rangesOf, type Suspect, suspectFinder } from './suspects.ts'

/** What a pointer, a link and a manifest have in common. */
export interface CondemnableHeader {
  readonly st: 'live' | 'cond'
  /** Of a pointer: the session that wrote the bytes, `-` when they are in the pointer. */
  readonly x?: string
  /** Of a pointer: the object with the bytes. */
  readonly key?: string
  readonly size?: number
  readonly mediaType?: string
}

/** A condemned cell. */
export interface Candidate extends Suspect {
  /** The version that G3 replaces, and no other. */
  readonly version: ETag
  readonly header: CondemnableHeader
  /** Of a manifest that refers to another one. */
  readonly subject: Digest | undefined
}

/** Cells looked at in one go. */
const lookedAtOnce = 256
const lanes = 32

/**
 * Condemns all garbage of the digests that the marks cover, in batches. A dry run condemns nothing, and what it finds is
 * counted as removed.
 */
export async function* condemn(run: Run, marks: MarkSet, from: number): AsyncGenerator<readonly Candidate[]> {
  let batch: Candidate[] = []
  let done = 0
  for (const { what, ...range } of rangesOf(run, from, marks.limit)) {
    const suspectsOf = suspectFinder(run, what, marks, from)
    for await (const page of pagesOf(run.context.bucket, { ...range, signal: run.signal })) {
      const suspects = suspectsOf(page)
      for (let at = 0; at < suspects.length; at += lookedAtOnce) {
        const some = suspects.slice(at, at + lookedAtOnce)
        const found = await mapBounded(some, (suspect) => condemnOne(run, suspect), lanes)
        batch.push(...found.filter((candidate) => candidate !== undefined))
        if (batch.length < run.batchSize) continue
        yield batch
        batch = []
      }
      done += page.length
      run.progress('condemn', done)
    }
  }
  if (batch.length > 0) yield batch
}

/** Undefined: it is used after all, or was changed by somebody else. */
async function condemnOne(run: Run, suspect: Suspect): Promise<Candidate | undefined> {
  const { cells } = run.context
  const { signal } = run
  const { key, isMarked, what } = suspect
  const counts = countsOf(run, what)
  const seen = await readCondemnable(run, key)
  const { header, version, payload, modifiedMs } = seen
  if (header === undefined || version === undefined) return undefined
  const subject = what === 'manifest' ? subjectOf(seen) : undefined
  const candidate = { ...suspect, version, header, subject }
  if (header.st === 'cond') {
    // Condemned by a run that is under way, or that was cut off: in either case what it is now is what G3 may replace.
    if (run.dryRun) return tell(run, candidate)
    counts.condemned++
    return candidate
  }
  if (isMarked) return undefined
  if (!isOlder(run, modifiedMs, ageOf(run, what))) {
    counts.young++
    return undefined
  }
  if (await isSubjectAlive(run, candidate)) {
    counts.kept++
    return undefined
  }
  if (run.dryRun) return tell(run, candidate)
  const next: CondemnableHeader = { ...header, st: 'cond' }
  const condemned = await cells.write({ key, version, header: next, payload }, { signal })
  if (condemned === undefined) return undefined
  counts.condemned++
  return { ...candidate, version: condemned, header: next }
}

/** One that cannot be read is left alone: fsck tells of it. */
async function readCondemnable({ context, signal }: Run, key: string): Promise<CellState<CondemnableHeader>> {
  try {
    return await context.cells.read<CondemnableHeader>(key, { signal })
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    context.options.onWarning(error, `garbage collection, ${key}`)
    return { version: undefined, modifiedMs: 0, header: undefined, payload: new Uint8Array() }
  }
}

function tell(run: Run, candidate: Candidate): undefined {
  if (candidate.isMarked) return
  const { what, header } = candidate
  countsOf(run, what).removed++
  if (what === 'blob') run.counts.bytes.pending += header.size ?? 0
  run.found(findingOf(candidate))
}

export function findingOf({ what, repository, digest, header }: Candidate) {
  const why: GarbageReason = what === 'manifest' ? 'untagged' : 'unreferenced'
  const size = header.size ?? 0
  return { what, ...(repository === undefined ? {} : { repository }), digest, size, why }
}

function subjectOf({ payload, header }: CellState<CondemnableHeader>): Digest | undefined {
  return parseManifest(payload, header?.mediaType).subject?.digest
}

/** True for a referrer of a manifest that is there. */
export async function isSubjectAlive(
  run: Run,
  { repository, subject }: Pick<Candidate, 'repository' | 'subject'>,
): Promise<boolean> {
  if (repository === undefined || subject === undefined) return false
  const key = manifestKey(repository, subject)
  if (run.dropped.has(key)) return false
  return (await run.context.cells.read(key, { signal: run.signal })).header !== undefined
}
