/**
 * The record of a run: `docs/evidence/<script>.json` says on what machine, at which commit and with which seed it passed.
 * @module
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { run } from './command.ts'
import { repositoryRoot } from './paths.ts'

export interface EvidenceEntry {
  /** The npm script, e.g. `test:clients`. */
  readonly script: string
  readonly scale: string
  readonly seed: number
  readonly durationSeconds: number
  /** What was counted or measured, by name. */
  readonly figures: Readonly<Record<string, unknown>>
}

/** Writes the file, replacing an earlier run's, and returns its path. The script's colons become hyphens. */
export async function writeEvidence(entry: EvidenceEntry): Promise<string> {
  const directory = join(repositoryRoot, 'docs', 'evidence')
  await mkdir(directory, { recursive: true })
  const path = join(directory, `${entry.script.replaceAll(':', '-')}.json`)
  const { script, scale, seed, durationSeconds, figures } = entry
  const record = {
    script,
    scale,
    seed,
    commit: await commitOf(repositoryRoot),
    date: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryBytes: totalmem() },
    node: process.version,
    durationSeconds: Math.round(durationSeconds * 10) / 10,
    ...figures,
  }
  await writeFile(path, `${JSON.stringify(record, undefined, 2)}\n`)
  return path
}

/** The commit, marked when files that belong to the product differ from it. */
async function commitOf(root: string): Promise<string> {
  const commit = await run(['git', 'rev-parse', 'HEAD'], { cwd: root })
  const changed = await run(['git', 'status', '--porcelain', '--', 'packages', 'test', 'tsreg'], { cwd: root })
  return changed === '' ? commit : `${commit} with uncommitted changes`
}
