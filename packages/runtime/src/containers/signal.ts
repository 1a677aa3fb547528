/**
 * Signals to the first process of a container: `kill` and `stop`.
 * @module
 */
import { constants } from 'node:os'
import { join } from 'node:path'
import { RuntimeError } from '../errors.ts'
import type { Container } from './find.ts'
import { type ContainerState, readState } from './state.ts'
import { waitForEnd } from './wait.ts'

/** The number of a signal as typed: `KILL`, `SIGKILL`, `9`. @throws RuntimeError OPTION_INVALID in docker's words */
export function signalNumber(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : numberOf(text.toUpperCase())
  if (number !== undefined && number >= 1 && number <= 64) return number
  throw new RuntimeError('OPTION_INVALID', `Invalid signal: ${text}`, {
    advice: 'write for example TERM, SIGTERM or 15',
  })
}

function numberOf(upper: string): number | undefined {
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`
  const realTime = /^SIGRTMIN(?:\+(\d+))?$/.exec(name)
  if (realTime !== null) return 34 + Number(realTime[1] ?? 0)
  return (constants.signals as Readonly<Record<string, number>>)[name]
}

/** @param directory with all containers @throws RuntimeError CONTAINER_NOT_RUNNING */
export async function killContainer(directory: string, { record }: Container, signal: number): Promise<void> {
  const { id } = record
  const state = await readState(join(directory, id))
  if (state.status !== 'running') {
    throw new RuntimeError('CONTAINER_NOT_RUNNING', `Container ${id} is not running`, { detail: { id } })
  }
  sendTo(state, signal)
}

export interface StopOptions {
  /** How long the container has to follow its stop signal before it is killed; negative: as long as it takes. */
  readonly timeoutSeconds: number
  /** @default that of the container */
  readonly stopSignal?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Asks the container to stop, then makes it. One that does not run has stopped already. */
export async function stopContainer(directory: string, { record }: Container, options: StopOptions): Promise<void> {
  const { id } = record
  const path = join(directory, id)
  const state = await readState(path)
  if (state.status !== 'running') return
  sendTo(state, options.stopSignal ?? signalNumber(record.stopSignal))
  const { timeoutSeconds, signal } = options
  const timeoutMs = timeoutSeconds < 0 ? undefined : timeoutSeconds * 1000
  if ((await waitForEnd(path, { signal, timeoutMs })) !== undefined) return
  sendTo(await readState(path), signalNumber('KILL'))
  await waitForEnd(path, { signal })
}

function sendTo({ pid }: ContainerState, signal: number): void {
  if (pid === 0) return
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
