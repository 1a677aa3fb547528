/**
 * Every program any suite or benchmark needs: `node test/prerequisites.ts` lists what is missing and fails, `--install`
 * gets it (as root, on Debian with Go 1.26).
 * @module
 */

import { parseArgs } from 'node:util'
import { requireTools } from './harness/prerequisites.ts'
import { findTool, installLine, type ToolName, tools } from './harness/tools.ts'

const { values } = parseArgs({ options: { install: { type: 'boolean', default: false } } })
const names = Object.keys(tools) as ToolName[]
try {
  await requireTools(names, values.install)
  for (const name of names) console.log(`${name.padEnd(16)} ${findTool(name)}`)
} catch (error) {
  for (const name of names) console.log(`${name.padEnd(16)} ${findTool(name) ?? `missing: ${installLine(name)}`}`)
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
