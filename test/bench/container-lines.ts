/**
 * The lines about builds and containers: which there are at which scale, and their rows in the order of the lines.
 * @module
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openEngines } from './engines.ts'
import type { Scale } from './lines.ts'
import { type RebuildSizes, rebuildLines, rebuildRows } from './rebuild.ts'
import type { Row } from './row.ts'
import { runTrueLine, runTrueRows } from './run-true.ts'
import type { StartOptions } from './servers.ts'

export interface ContainerRowsOptions {
  readonly start: Pick<StartOptions, 'root' | 'checkout'>
  readonly scale: Scale
  readonly isWanted: (name: string) => boolean
  readonly rounds: number
}

/** @param given as typed. @returns without it 3, or 4 at the full scale: a round of these takes more than a minute there */
export function containerRounds(scale: Scale, given: string | undefined): number {
  return Number(given ?? (scale === 'full' ? 4 : 3))
}

export function containerLines(scale: Scale): readonly string[] {
  return [...rebuildLines('', sizesAt(scale)).map(({ name }) => name), runTrueLine]
}

/** Starts nothing when no line is wanted. Needs root. */
export async function* containerRows(options: ContainerRowsOptions): AsyncGenerator<readonly Row[]> {
  const { start, scale, isWanted, rounds } = options
  if (!containerLines(scale).some(isWanted)) return
  const root = join(start.root, 'containers')
  mkdirSync(root)
  {
    await using engines = await openEngines(join(root, 'engines'), start.checkout)
    for (const line of rebuildLines(root, sizesAt(scale))) {
      if (isWanted(line.name)) yield await rebuildRows(line, engines, rounds)
    }
    if (isWanted(runTrueLine)) yield await runTrueRows(root, engines, rounds)
  }
  rmSync(root, { recursive: true })
}

function sizesAt(scale: Scale): RebuildSizes {
  return scale === 'full' ? { files: 10_000, steps: 30 } : { files: 2_000, steps: 5 }
}
