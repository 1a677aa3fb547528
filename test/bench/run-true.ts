/**
 * What a container costs that has nothing to do: `run --rm IMAGE true`, tsreg beside docker.
 * @module
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toolPath } from '../harness/tools.ts'
import type { Engines } from './engines.ts'
import { type Row, timedRow } from './row.ts'

export const runTrueLine = 'run --rm busybox true'

/** It is over in a moment, so that more turns cost little and say more. */
const turnsPerRound = 3
const runners = ['tsreg', 'docker'] as const

/** @param root a directory for the context of the image */
export async function runTrueRows(root: string, engines: Engines, rounds: number): Promise<readonly Row[]> {
  const image = await buildBusybox(join(root, 'busybox'), engines)
  const seconds = { tsreg: [] as number[], docker: [] as number[] }
  for (const name of runners) await engines[name].run(image, 'true')
  for (let turn = 0; turn < rounds * turnsPerRound; turn++) {
    for (const name of [...runners, ...runners.toReversed()]) {
      seconds[name].push(await engines[name].run(image, 'true'))
    }
  }
  const { tsreg: ours, docker: peer } = seconds
  return [timedRow({ name: runTrueLine, ours, peerName: 'docker run', peer, goal: 0.5 })]
}

async function buildBusybox(directory: string, engines: Engines): Promise<string> {
  const tag = 'localhost/busybox:latest'
  mkdirSync(directory)
  cpSync(toolPath('busybox'), join(directory, 'busybox'))
  writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY busybox /bin/busybox\nCOPY busybox /bin/true\n')
  for (const name of runners) await engines[name].build({ directory, tag })
  return tag
}
