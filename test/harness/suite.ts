/**
 * The frame of every suite: arguments, prerequisites, a work directory, the report, the evidence and the exit status.
 * @module
 */

import { rm } from 'node:fs/promises'
import { parseSuiteArguments, type SuiteArguments, type SuiteFlags } from './arguments.ts'
import { writeEvidence } from './evidence.ts'
import { makeWorkDirectory } from './paths.ts'
import { requireTools } from './prerequisites.ts'
import { createReport, messageOf, type Report } from './report.ts'
import type { ToolName } from './tools.ts'

export interface SuiteOptions {
  /** The npm script, which names the evidence. */
  readonly script: string
  readonly tools: readonly ToolName[]
  readonly flags?: SuiteFlags
}

export interface SuiteContext extends SuiteArguments {
  readonly report: Report
  /** Fresh, and removed at the end unless `--keep`. */
  readonly directory: string
  /** Adds to what the evidence records. */
  record(figures: Readonly<Record<string, unknown>>): void
}

/** Runs `body` and sets the exit status: 0 only when nothing failed, nothing threw and something passed. */
export async function runSuite(options: SuiteOptions, body: (context: SuiteContext) => Promise<void>): Promise<void> {
  const report = createReport()
  const startedMs = performance.now()
  const figures: Record<string, unknown> = {}
  try {
    const args = parseSuiteArguments(options.flags)
    console.log(`${options.script}: scale ${args.scale}, seed ${args.seed}, server ${args.server}`)
    await requireTools(options.tools, args.install)
    const directory = await makeWorkDirectory()
    try {
      await body({ ...args, report, directory, record: (more) => Object.assign(figures, more) })
    } finally {
      if (args.keep) console.log(`work directory: ${directory}`)
      else await rm(directory, { recursive: true, force: true, maxRetries: 3 })
    }
    const counts = report.counts()
    if (args.evidence && counts.failed === 0) {
      const durationSeconds = (performance.now() - startedMs) / 1000
      const { script } = options
      const { scale, seed } = args
      const path = await writeEvidence({ script, scale, seed, durationSeconds, figures: { ...counts, ...figures } })
      console.log(`\nwritten: ${path}`)
    }
  } catch (error) {
    await report.check('the suite runs to its end', () => {
      throw error
    })
    if (error instanceof Error && !messageOf(error).startsWith('missing:')) console.error(error.stack)
  }
  report.close()
  const { passed, failed } = report.counts()
  // Exit now: a daemon's pipe or a keep-alive socket must not hold the process.
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}
