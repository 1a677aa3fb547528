/**
 * Attaching to a container that runs already, and that others attend to.
 * @module
 */
import {
  type Attachment,
  attach,
  type Container,
  RuntimeError,
  readProcess,
  shortContainerId,
  waitForEnd,
} from '@tsreg/runtime'
import { exitCodes } from '../exit-codes.ts'
import { Interruption, type Invocation } from '../invocation.ts'
import { tellThatItGoesOn } from './attend.ts'
import { type ForegroundOptions, runInForeground } from './foreground.ts'
import type { SignalRelay } from './signals.ts'

/**
 * @param all the directory with all containers
 * @returns the exit code of the container; 0 when the user left it running
 * @throws RuntimeError CONTAINER_NOT_RUNNING; CONTAINER_UNKNOWN when it was removed before it was known how it ended
 */
export async function attachTo(
  all: string,
  { record, state }: Container,
  options: ForegroundOptions,
  invocation: Invocation,
  signals: SignalRelay,
): Promise<number> {
  const directory = `${all}/${record.id}`
  const process = await readProcess(directory)
  const attachment = open(directory, record.id, state.status)
  // From now on: one of --rm is removed as soon as it has ended.
  const waiting = new AbortController()
  const ended = waitForEnd(directory, { signal: waiting.signal })
  ended.catch(() => {})
  try {
    signals.deliverTo(process)
    if ((await runInForeground(attachment, options, invocation, signals)) === 'detached') return exitCodes.ok.code
    const { exitCode, finishedAt } = (await ended) ?? {}
    if (exitCode !== undefined && finishedAt !== undefined) return exitCode
    throw new RuntimeError(
      'CONTAINER_UNKNOWN',
      `container ${shortContainerId(record.id)} was removed as soon as it ended`,
    )
  } catch (error) {
    if (error instanceof Interruption) tellThatItGoesOn(record, invocation)
    throw error
  } finally {
    waiting.abort()
  }
}

function open(directory: string, id: string, status: Container['state']['status']): Attachment {
  const failure = (cause?: unknown) =>
    new RuntimeError('CONTAINER_NOT_RUNNING', 'You cannot attach to a stopped container, start it first', {
      detail: { id },
      cause,
    })
  if (status !== 'running') throw failure()
  try {
    return attach(directory)
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')) throw failure(error)
    throw error
  }
}
