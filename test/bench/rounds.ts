/**
 * Interleaved rounds of one line: A B C, then C B A, so that what else happens on the machine falls on all alike. Per
 * turn the work done, the server's CPU time for it and the wall time.
 * @module
 */
import { rmSync } from 'node:fs'
import { type Content, type Seeded, seed } from './content.ts'
import type { Line } from './lines.ts'
import { cpuSeconds } from './processes.ts'
import { type BenchServer, type ServerName, type StartOptions, startServer } from './servers.ts'

export interface Turn {
  readonly perCpuSecond: number
  readonly perSecond: number
}

export type Turns = ReadonlyMap<ServerName, readonly Turn[]>

export interface RoundsOptions {
  readonly rounds: number
  readonly content: Content
  readonly start: Omit<StartOptions, 'logs'>
  readonly only?: readonly ServerName[]
}

export async function runRounds(line: Line, options: RoundsOptions): Promise<Turns> {
  const names = (['tsreg', ...line.peers] as const).filter((name) => !options.only || options.only.includes(name))
  const turns = new Map<ServerName, Turn[]>(names.map((name) => [name, []]))
  let field = line.fresh ? undefined : await startField(line, names, options)
  try {
    for (let round = 0; round < options.rounds; round++) {
      field ??= await startField(line, names, options)
      for (const entrant of [...field, ...field.toReversed()]) {
        turns.get(entrant.server.name)?.push(await turn(line, entrant, options.content))
      }
      if (line.fresh) field = await stopField(field)
    }
  } finally {
    if (field) await stopField(field)
  }
  return turns
}

interface Entrant {
  readonly server: BenchServer
  readonly seeded: Seeded
}

async function turn(line: Line, { server, seeded }: Entrant, content: Content): Promise<Turn> {
  const cpuBefore = cpuSeconds(server.pid)
  const begun = performance.now()
  const work = await line.load(server, seeded, content)
  const seconds = (performance.now() - begun) / 1000
  return { perCpuSecond: work / (cpuSeconds(server.pid) - cpuBefore), perSecond: work / seconds }
}

async function startField(line: Line, names: readonly ServerName[], options: RoundsOptions): Promise<Entrant[]> {
  const field: Entrant[] = []
  for (const name of names) {
    const server = await startServer(name, { ...options.start, logs: line.logs })
    field.push({ server, seeded: await seed(server, options.content) })
  }
  // One turn each to warm up: code is compiled and caches are filled on all sides before anything counts.
  for (const entrant of field) await turn(line, entrant, options.content)
  return field
}

async function stopField(field: readonly Entrant[]): Promise<undefined> {
  for (const { server } of field) {
    await server.stop()
    rmSync(server.directory, { recursive: true, force: true })
  }
  return undefined
}
