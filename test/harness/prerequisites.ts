/**
 * Missing programs are named with the line that installs them, or installed.
 * @module
 */

import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.ts'
import { makeWorkDirectory } from './paths.ts'
import { findTool, goBinDirectory, installLine, type Tool, type ToolName, tools } from './tools.ts'

/**
 * Returns when every program named is there.
 * @throws Error with one install line per missing program, unless `install` is set
 */
export async function requireTools(names: readonly ToolName[], install = false): Promise<void> {
  const missing = missingOf(names)
  if (missing.length === 0) return
  if (install) await installTools(missing)
  const left = missingOf(names)
  if (left.length === 0) return
  const lines = new Set(left.map((name) => `  ${installLine(name)}`))
  throw new Error(`missing: ${left.join(', ')}. Install with\n${[...lines].join('\n')}\nor give --install`)
}

function missingOf(names: readonly ToolName[]): readonly ToolName[] {
  return names.filter((name) => findTool(name) === undefined)
}

async function installTools(names: readonly ToolName[]): Promise<void> {
  const wanted: readonly Tool[] = names.map((name) => tools[name])
  const packages = [...new Set(wanted.flatMap(({ apt }) => (apt === undefined ? [] : [apt])))]
  if (packages.length > 0) await installPackages(packages)
  for (const { go, goModule } of wanted) if (go !== undefined) await installProgram(go, goModule)
}

async function installProgram(program: string, module: string | undefined): Promise<void> {
  console.log(`go install ${program}`)
  const env = { ...process.env, GOBIN: goBinDirectory(), GOFLAGS: '' }
  if (module === undefined) await run(['go', 'install', program], { env })
  else await installFromModule(program, module, env)
}

/**
 * `go install package@version` first asks for the newest version of the module, to learn of a deprecation, and fails where
 * a proxy serves the pinned version but not that list. A module of our own that requires the version does not ask.
 */
async function installFromModule(program: string, module: string, env: NodeJS.ProcessEnv): Promise<void> {
  const [path = '', version = ''] = program.split('@')
  const directory = await makeWorkDirectory()
  try {
    await writeFile(join(directory, 'go.mod'), `module peer\n\ngo 1.24\n\nrequire ${module} ${version}\n`)
    await writeFile(join(directory, 'peer.go'), `//go:build tools\n\npackage peer\n\nimport _ "${path}"\n`)
    await run(['go', 'mod', 'tidy'], { cwd: directory, env })
    await run(['go', 'install', path], { cwd: directory, env })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function installPackages(packages: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error(`installing ${packages.join(', ')} needs root: run it with sudo`)
  await keepDaemonsFromStarting()
  console.log(`apt-get install ${packages.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run(['apt-get', 'update', '-qq'], { env })
  await run(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages], { env, timeoutMs: 1_800_000 })
}

/** Debian starts a daemon as soon as its package is installed, unless this script says 101 (action forbidden by policy). */
async function keepDaemonsFromStarting(): Promise<void> {
  const path = '/usr/sbin/policy-rc.d'
  if (!existsSync(path)) await writeFile(path, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
}
