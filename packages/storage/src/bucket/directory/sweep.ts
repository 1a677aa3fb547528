/**
 * Removes data files that no row needs: what a crash left of writes that were never acknowledged.
 * @module
 */
import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { DataFiles } from './data-files.ts'
import type { Rows } from './rows.ts'

export interface SweepOptions {
  /** The `d` directory. */
  readonly directory: string
  readonly files: DataFiles
  readonly rows: Rows
  /** Files changed at or after this time (milliseconds since 1970) are left alone. */
  readonly openedAtMs: number
  readonly signal: AbortSignal
}

/** One file after the other, so that it takes little from who is being served. Returns how many were removed. */
export async function sweepOrphans({ directory, files, rows, openedAtMs, signal }: SweepOptions): Promise<number> {
  let removed = 0
  for await (const name of dataFileNames(directory)) {
    await setImmediate()
    if (signal.aborted) break
    // In one turn: a file gets its row before it stops being one that is being written.
    if (files.isBeingWritten(name) || rows.needsFile(name)) continue
    const found = await stat(files.path(name)).catch(() => undefined)
    if (found === undefined || found.mtimeMs >= openedAtMs || signal.aborted) continue
    if (files.isBeingWritten(name) || rows.needsFile(name)) continue
    await files.remove(name)
    removed++
  }
  return removed
}

async function* dataFileNames(directory: string): AsyncGenerator<string> {
  for await (const prefix of await opendir(directory)) {
    if (!prefix.isDirectory() || !/^[0-9a-f]{2}$/.test(prefix.name)) continue
    for await (const entry of await opendir(join(directory, prefix.name))) {
      if (entry.isFile() && /^[0-9a-f]{30}$/.test(entry.name)) yield `${prefix.name}/${entry.name}`
    }
  }
}
