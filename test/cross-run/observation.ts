/**
 * What is seen of a run, without what must differ from one engine to the other.
 * @module
 */

import { assertThat } from '../harness/report.ts'
import type { Engine } from './engine.ts'
import type { RunCase } from './run-case.ts'

export interface Observation {
  readonly status: number
  readonly stdout: string
  /** Empty where the engine speaks there itself. */
  readonly stderr: string
}

/** Runs the case once. */
export async function observe(engine: Engine, image: string, each: RunCase): Promise<Observation> {
  const { flags = [], command = [], input = '', ownWords = false, status: wanted = 0 } = each
  const { status, stdout, stderr } = await engine.run({ image, flags, command, input })
  if (ownWords && wanted !== 0) assertThat(stderr !== '', `${engine.name} does not say why it ended with ${status}`)
  const isEnvironment = /(^|\n)PATH=/.test(stdout)
  return { status, stdout: isEnvironment ? environmentOf(stdout) : stdout, stderr: ownWords ? '' : stderr }
}

/**
 * Variables an engine adds: HOSTNAME is the container's ID; podman sets TERM without a terminal, and says that it is
 * podman in `container`.
 */
const additions = new Set(['HOSTNAME', 'TERM', 'container'])

function environmentOf(output: string): string {
  return output
    .split('\n')
    .filter((line) => !additions.has(line.split('=')[0] ?? ''))
    .toSorted()
    .join('\n')
}
