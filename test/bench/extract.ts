/**
 * Extraction of a layer on tmpfs, with owners, times, attributes and path safety: tsreg beside `tar -xzf`.
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { run } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { timed } from './client.ts'
import { makeLayers } from './layer-files.ts'
import { type Row, timedRow } from './row.ts'

export const extractLine = 'extraction of tar.gz on tmpfs'

const tmpfs = '/dev/shm'

/** @throws Error where there is no tmpfs */
export async function extractRows(rounds: number, layerFiles: number): Promise<readonly Row[]> {
  if (!existsSync(tmpfs)) throw new Error(`the line "${extractLine}" needs a tmpfs at ${tmpfs}`)
  const directory = mkdtempSync(join(tmpfs, 'tsreg-bench-'))
  try {
    const [layer] = await makeLayers(directory, layerFiles)
    const archive = join(directory, 'layer.tar.gz')
    writeFileSync(archive, layer?.packed.bytes ?? '')
    const program = await bundleExtractor(join(directory, 'program'))
    const extractors = {
      ours: () => extractOurs(program, archive, join(directory, 'x')),
      tar: () => extractTar(archive, join(directory, 'x')),
    }
    const seconds: Record<keyof typeof extractors, number[]> = { ours: [], tar: [] }
    for (let round = 0; round <= rounds; round++) {
      for (const name of ['ours', 'tar', 'tar', 'ours'] as const) {
        const taken = await extractors[name]()
        // The first round warms up.
        if (round > 0) seconds[name].push(taken)
        rmSync(join(directory, 'x'), { recursive: true })
      }
    }
    return [timedRow({ name: extractLine, ours: seconds.ours, peerName: 'tar -xzf', peer: seconds.tar, goal: 1.3 })]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** As the command is made: two files, one for each thread, and not some dozens of modules. */
async function bundleExtractor(directory: string): Promise<string> {
  const worker = join(repositoryRoot, 'packages', 'image', 'src', 'layer', 'apply', 'apply-layer-worker.ts')
  await build({
    entryPoints: { 'extract-layer': join(import.meta.dirname, 'extract-layer.ts'), 'apply-layer-worker': worker },
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'esnext',
    conditions: ['source'],
    logLevel: 'warning',
  })
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  return join(directory, 'extract-layer.js')
}

/** The process says how long it took: its start is that of `tsreg`, and measured elsewhere. */
async function extractOurs(program: string, archive: string, to: string): Promise<number> {
  mkdirSync(to)
  return Number(await run([process.execPath, '--disable-warning=ExperimentalWarning', program, archive, to]))
}

async function extractTar(archive: string, to: string): Promise<number> {
  mkdirSync(to)
  return (await timed(['tar', '-xzf', archive, '-C', to])).wallSeconds
}
