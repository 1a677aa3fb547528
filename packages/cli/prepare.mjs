/**
 * Makes the prepared command: a start-up snapshot of Node in which `tsreg run` is loaded, set up and compiled
 * (docs/decisions/0016-prepared-start.md). It lies beside the bundle, belongs to this Node, and is used by the launcher once it
 * has tried it.
 *
 *   node prepare.mjs [DIRECTORY]     default dist/bundle
 * @module
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { builtinsByCall, wholeOnDemand } from './bundle-parts.mjs'
import { withoutCodeCache } from './snapshot-file.mjs'

const here = import.meta.dirname

/** @param directory where the bundle is */
async function prepare(directory) {
  const work = mkdtempSync(join(tmpdir(), 'tsreg-prepare-'))
  try {
    await bundle(join(work, 'prepared-run.js'))
    const blob = makeSnapshot(work)
    // Whole or not at all: a command may start from it at this moment.
    writeFileSync(join(directory, 'prepared.blob.tmp'), blob)
    renameSync(join(directory, 'prepared.blob.tmp'), join(directory, 'prepared.blob'))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function bundle(outfile) {
  return build({
    absWorkingDir: here,
    entryPoints: ['src/prepared-run.ts'],
    outfile,
    bundle: true,
    format: 'iife',
    platform: 'node',
    target: 'esnext',
    // While Node makes a snapshot, it has no disposable stacks yet.
    supported: { using: false },
    conditions: ['source'],
    plugins: [wholeOnDemand, builtinsByCall],
    // Threads are started by the whole command alone.
    define: { 'import.meta.url': '"file:///prepared-run.js"' },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
  })
}

function makeSnapshot(work) {
  const file = join(work, 'prepared.blob')
  const words = ['--disable-warning=ExperimentalWarning', '--snapshot-blob', file, '--build-snapshot']
  const { status, stderr } = spawnSync(
    process.execPath,
    [...words, join(work, 'prepared-run.js'), join(work, 'rehearsal')],
    {
      env: { PATH: process.env.PATH, HOME: work, NODE_NO_WARNINGS: '1' },
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(`the prepared command cannot be made: ${stderr.slice(-2000)}`)
  if (stderr !== '') console.error(stderr.trimEnd())
  const blob = readFileSync(file)
  return withoutCodeCache(blob, loadedLater) ?? blob
}

/** What of Node's own code a run loads that cannot be loaded into a snapshot. */
const loadedLater = ['ffi', 'internal/ffi/fast-api', 'internal/ffi-shared-buffer', 'internal/ffi/vfs']

// Containers run on Linux alone, and the launcher uses it nowhere else.
if (process.platform === 'linux') {
  try {
    await prepare(resolve(here, process.argv[2] ?? 'dist/bundle'))
  } catch (error) {
    // Without it "run" takes longer, and the rest of the build is as good as with it.
    console.error(`run will start without a snapshot: ${error.message}`)
  }
}
