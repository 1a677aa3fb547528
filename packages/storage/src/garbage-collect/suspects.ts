/**
 * Suspects: what a LIST shows of cells that no mark names, and that are old enough to be looked at.
 * @module
 */
import { type Digest, digestAlgorithms } from '@tsreg/oci'
import type { ListEntry } from '../bucket/bucket.ts'
import { isTombstone } from '../cells.ts'
import type { ListRange } from '../listing.ts'
import { allLinks, allManifests, allPointers, decodeName } from '../paths.ts'
import { allDigests, blobScope, hiOf, loOf, type MarkSet, scopeOf } from './mark-set.ts'
import { type Counts, digestOfPath, isOlder, type Run } from './run.ts'

/** Kinds of cells that can be condemned. */
export type Condemnable = 'blob' | 'link' | 'manifest'

/** A cell to look at. */
export interface Suspect {
  readonly what: Condemnable
  readonly key: string
  /** Absent for a blob. */
  readonly repository: string | undefined
  readonly digest: Digest
  readonly hi: number
  readonly lo: number
  readonly scope: number
  /** Named by something: looked at because a run that was cut off may have condemned it. */
  readonly isMarked: boolean
}

export interface SuspectRange extends ListRange {
  readonly what: Condemnable
}

/**
 * Where the cells are whose digests lie from `from` to `limit`. Pointers are in the order of their digests, so that each
 * pass lists its own; the others are listed whole.
 */
export function rangesOf(run: Run, from: number, limit: number): readonly SuspectRange[] {
  const pointers = digestAlgorithms.map((algorithm): SuspectRange => {
    const prefix = `${allPointers}${algorithm}/`
    const at = (hi: number) => prefix + hi.toString(16).padStart(8, '0')
    const end = limit === allDigests ? {} : { end: at(limit) }
    return { what: 'blob', prefix, startAfter: from === 0 ? prefix : at(from), ...end }
  })
  const links: SuspectRange = { what: 'link', prefix: allLinks }
  if (run.untaggedOlderThanMs === undefined) return [...pointers, links]
  return [...pointers, links, { what: 'manifest', prefix: allManifests }]
}

/** Picks the suspects out of pages of one kind, and counts what it passes over. Makes no object of what is kept. */
export function suspectFinder(
  run: Run,
  what: Condemnable,
  marks: MarkSet,
  from: number,
): (page: readonly ListEntry[]) => readonly Suspect[] {
  const counts = countsOf(run, what)
  const ageMs = ageOf(run, what)
  const { limit } = marks
  /** All of a key but the hex digits, as cells of one repository share it. */
  let directory = ''
  let scope = blobScope

  function enter(key: string): void {
    if (key.startsWith(directory) && directory !== '' && key.indexOf('/', directory.length) < 0) return
    directory = key.slice(0, key.lastIndexOf('/') + 1)
    if (what !== 'blob') scope = scopeOf(what, directory.split('/')[1] ?? '')
  }

  function suspectOf({ key, modifiedMs }: ListEntry): Suspect | undefined {
    enter(key)
    const hi = hiOf(key, directory.length)
    if (hi < from || hi >= limit) return undefined
    const lo = loOf(key, directory.length)
    const isMarked = marks.has(hi, lo, scope)
    if (what !== 'manifest') counts.seen++
    if (isMarked) counts.kept++
    if (modifiedMs < run.recoverSinceMs) {
      if (isMarked) return undefined
      if (!isOlder(run, modifiedMs, ageMs)) {
        counts.young++
        return undefined
      }
    }
    const parts = directory.split('/')
    const [encoded, algorithm = ''] = what === 'blob' ? [undefined, parts[1]] : [parts[1], parts[2]]
    const repository = encoded === undefined ? undefined : decodeName(encoded)
    return {
      what,
      key,
      repository,
      digest: digestOfPath(algorithm, key.slice(directory.length)),
      hi,
      lo,
      scope,
      isMarked,
    }
  }

  return (page) => {
    const suspects: Suspect[] = []
    for (const entry of page) {
      if (isTombstone(entry) || run.dropped.has(entry.key)) continue
      const suspect = suspectOf(entry)
      if (suspect !== undefined) suspects.push(suspect)
    }
    return suspects
  }
}

/** Age from which a cell that nothing names goes, in milliseconds. */
export function ageOf(run: Run, what: Condemnable): number {
  return what === 'manifest' ? Math.max(run.graceMs, run.untaggedOlderThanMs ?? 0) : run.graceMs
}

export function countsOf(run: Run, what: Condemnable): Counts {
  return { blob: run.counts.blobs, link: run.counts.links, manifest: run.counts.manifests }[what]
}
