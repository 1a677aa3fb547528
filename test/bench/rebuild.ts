/**
 * Builds that have little to do: nothing changed, one file of many changed, many small commands. tsreg beside docker's classic
 * builder and `buildah --layers`.
 * @module
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toolPath } from '../harness/tools.ts'
import { type BuildRequest, type EngineName, type Engines, engineNames } from './engines.ts'
import { bestOf, type Row, timedRow } from './row.ts'

export interface RebuildSizes {
  /** In the context of the lines about files. */
  readonly files: number
  /** RUN instructions in the lines about commands. */
  readonly steps: number
}

export interface RebuildLine {
  readonly name: string
  /** Largest ratio of our time to that of the faster peer; without one it is shown for comparison. */
  readonly goal?: number
  /** Makes the context; called once. */
  readonly prepare: () => void
  /** Called before each build, outside of its time. */
  readonly change?: (turn: number) => void
  readonly request: BuildRequest
}

/** @param root a directory for the contexts */
export function rebuildLines(root: string, { files, steps }: RebuildSizes): readonly RebuildLine[] {
  const many = join(root, 'files')
  const few = join(root, 'steps')
  const count = files.toLocaleString('en')
  return [
    {
      name: `no-op rebuild, ${count} files`,
      goal: 0.5,
      prepare: () => makeFiles(many, files),
      request: { directory: many },
    },
    {
      name: `rebuild, one of ${count} files changed`,
      goal: 0.5,
      prepare: () => makeFiles(many, files),
      change: (turn) => writeFileSync(join(many, '0', '0'), `changed ${turn}\n`),
      request: { directory: many },
    },
    {
      name: `rebuild, ${steps} RUN steps executed`,
      goal: 0.8,
      prepare: () => makeSteps(few, steps),
      request: { directory: few, noCache: true },
    },
    {
      name: `no-op rebuild, ${steps} RUN steps`,
      prepare: () => makeSteps(few, steps),
      request: { directory: few },
    },
  ]
}

/** One turn each per round: A B C, then C B A. */
export async function rebuildRows(line: RebuildLine, engines: Engines, rounds: number): Promise<readonly Row[]> {
  const seconds: Record<EngineName, number[]> = { tsreg: [], docker: [], buildah: [] }
  let turn = 0
  const build = async (name: EngineName): Promise<number> => {
    turn += 1
    line.change?.(turn)
    return engines[name].build(line.request)
  }
  line.prepare()
  // Each has built it once before anything counts.
  for (const name of engineNames) await build(name)
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? engineNames : engineNames.toReversed()
    for (const name of order) seconds[name].push(await build(name))
  }
  const { name, goal } = line
  const bar = goal === undefined ? {} : { goal }
  const { tsreg: ours, docker, buildah } = seconds
  return [
    timedRow({ name, ours, peerName: 'docker build', peer: docker }),
    timedRow({ name, ours, peerName: 'buildah --layers', peer: buildah }),
    timedRow({ name, ours, peerName: 'best of both', peer: bestOf(docker, buildah), ...bar }),
  ]
}

const filesPerDirectory = 100

/** Text of about 1 KiB each. */
function makeFiles(directory: string, count: number): void {
  for (let at = 0; at < count; at++) {
    const parent = join(directory, String(Math.floor(at / filesPerDirectory)))
    if (at % filesPerDirectory === 0) mkdirSync(parent, { recursive: true })
    writeFileSync(join(parent, String(at % filesPerDirectory)), `file ${at}\n`.repeat(100))
  }
  writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY . /src\nCMD ["ls", "/src"]\n')
}

function makeSteps(directory: string, count: number): void {
  mkdirSync(directory, { recursive: true })
  cpSync(toolPath('busybox'), join(directory, 'busybox'))
  const steps = Array.from({ length: count }, (_, at) => `RUN echo ${at} > /${at}\n`)
  writeFileSync(join(directory, 'Dockerfile'), `FROM scratch\nCOPY busybox /bin/sh\n${steps.join('')}`)
}
