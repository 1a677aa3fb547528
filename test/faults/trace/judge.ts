/**
 * The rule: before a 201 or 202 that acknowledges something, its data file was synced after its last write, the file's
 * directory after its creation, and after both the commit was written to the write-ahead log and the log synced.
 * @module
 */

import { dirname } from 'node:path'
import type { Exchange, FileHistory, Journal, Moment } from './journal.ts'

export interface Verdict {
  /** What an answer came too early for, a sentence each; empty when all is well. */
  readonly problems: readonly string[]
  /** Data files that were written before this answer and are there. */
  readonly dataFiles: number
}

export interface JudgeOptions {
  /** Consider only data files with this property; default: all, which needs requests one at a time. */
  readonly concerns?: (file: FileHistory) => boolean
  /** Nothing but this request was under way: then no write to the log may be unsynced when the answer leaves. */
  readonly alone: boolean
}

/** Judges one answer by everything that happened before it. */
export function judge(journal: Journal, exchange: Exchange, { concerns = () => true, alone }: JudgeOptions): Verdict {
  const { answered, requested } = exchange
  const problems: string[] = []
  const present = [...journal.files.values()].filter((file) => isData(file) && !goneBefore(file, answered))
  const data = present.filter((file) => file.writes.some(({ began }) => began < answered) && concerns(file))
  // From here on the commit may begin.
  let durable = requested

  for (const file of data) {
    const lastWrite = Math.max(...endsBefore(file.writes, answered))
    const sync = firstAfter(file.syncs, lastWrite, answered)
    if (sync === undefined) problems.push(`${file.path} was not synced after its last write`)
    else durable = Math.max(durable, sync.ended)
  }
  const named = alone ? present : [...data, ...parentsOf(data, journal)]
  for (const file of named) {
    if (file.created === undefined || file.created > answered) continue
    const sync = firstAfter(journal.files.get(dirname(file.path))?.syncs ?? [], file.created, answered)
    if (sync === undefined) problems.push(`the directory of ${file.path} was not synced after its creation`)
    else if (sync.began > requested) durable = Math.max(durable, sync.ended)
  }
  problems.push(...judgeCommit(journal, { durable, answered, alone }))
  return { problems: problems.map((problem) => `${nameOf(exchange)}: ${problem}`), dataFiles: data.length }
}

function judgeCommit(
  journal: Journal,
  { durable, answered, alone }: { readonly durable: number; readonly answered: number; readonly alone: boolean },
): readonly string[] {
  const logs = [...journal.files.values()].filter(({ path }) => path.endsWith('-wal'))
  const committed = logs.some((log) =>
    log.writes.some((write) => write.began > durable && firstAfter(log.syncs, write.ended, answered) !== undefined),
  )
  if (!committed) return ['no commit was written to the log and synced after the data was durable']
  if (!alone) return []
  const unsynced = logs.filter((log) => {
    const lastWrite = Math.max(-1, ...endsBefore(log.writes, answered))
    return lastWrite >= 0 && firstAfter(log.syncs, lastWrite, answered) === undefined
  })
  return unsynced.map(({ path }) => `${path} was written and not synced`)
}

/** A sync that began after `line` and was over before `limit`. */
function firstAfter(syncs: readonly Moment[], line: number, limit: number): Moment | undefined {
  return syncs.find(({ began, ended }) => began > line && ended < limit)
}

/** Writes still under way at the answer count as ending with it: no sync can have followed them. */
function endsBefore(writes: readonly Moment[], limit: number): readonly number[] {
  return writes.filter(({ began }) => began < limit).map(({ ended }) => Math.min(ended, limit))
}

function goneBefore({ removed }: FileHistory, line: number): boolean {
  return removed !== undefined && removed < line
}

/**
 * The data files and the directories they lie in. The database syncs its own files by its own rules, of which only the
 * log's commit concerns an answer; what else lies beside it holds no content.
 */
function isData({ path }: FileHistory): boolean {
  return /\/d(\/|$)/.test(path)
}

/** The directories the server made on the way to these files. */
function parentsOf(files: readonly FileHistory[], journal: Journal): readonly FileHistory[] {
  return files.map(({ path }) => journal.files.get(dirname(path))).filter((parent) => parent !== undefined)
}

function nameOf({ requestLine, status }: Exchange): string {
  return `${status} to ${requestLine.slice(0, 160)}`
}
