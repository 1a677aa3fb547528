/**
 * The record of the bench. A run of some lines replaces those and keeps the others, each row with the commit and the day
 * that it was measured at, since all of them take longer than a machine stays quiet.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import type { Row } from './row.ts'

interface RecordedRow extends Row {
  readonly commit: string
  /** When its line was complete. */
  readonly date: string
  readonly rounds: number
}

export interface BenchRun {
  readonly checkout: string
  readonly scale: string
  readonly rounds: number
}

/** Written after each line: a long run that is cut short has what it measured. Rows of another scale are dropped. */
export function recordLines({ checkout, scale, rounds }: BenchRun, added: readonly Row[]): void {
  const path = join(checkout, 'docs/evidence/bench.json')
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: checkout, encoding: 'utf8' }).trim()
  const date = new Date().toISOString()
  const measured = new Set(added.map(({ name }) => name))
  const kept = readRows(path, scale).filter(({ name }) => !measured.has(name))
  const rows = [...kept, ...added.map((row) => ({ ...row, commit, date, rounds }))]
  const record = { cpu: cpus()[0]?.model, cores: cpus().length, scale, rows }
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`)
}

function readRows(path: string, wanted: string): readonly RecordedRow[] {
  try {
    const { scale, rows } = JSON.parse(readFileSync(path, 'utf8')) as { scale: string; rows: RecordedRow[] }
    return scale === wanted ? rows : []
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
