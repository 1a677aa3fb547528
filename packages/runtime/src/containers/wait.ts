/**
 * Waiting for the end of a container.
 * @module
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { changeWithin, watchChanges } from './changes.ts'
import { type ContainerState, readState } from './state.ts'

interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** Gives up after so many milliseconds. @default never */
  readonly timeoutMs?: number | undefined
}

/**
 * The state of the container when it has ended and runc has cleared up behind it, or when it is gone, with what was seen of
 * its end before that; undefined when it still runs after the timeout.
 * @param directory of the container
 */
export async function waitForEnd(directory: string, options: WaitOptions = {}): Promise<ContainerState | undefined> {
  let seen: ContainerState | undefined
  return waitFor(directory, options, async () => {
    const state = await readState(directory)
    if (state.status === 'running') return undefined
    if (state.finishedAt !== undefined) seen = state
    // conmon was killed: nobody says any more that it has ended.
    const isOrphan = state.finishedAt === undefined
    if (!existsSync(directory)) return seen ?? state
    return isOrphan || existsSync(join(directory, 'ended')) ? state : undefined
  })
}

/**
 * As {@link waitForEnd}, without waiting until runc has cleared up: the state of the container when it is known how it has ended, or
 * that nobody knows any more.
 */
export async function waitForExit(directory: string, options: WaitOptions = {}): Promise<ContainerState | undefined> {
  return waitFor(directory, options, async () => {
    const state = await readState(directory)
    return state.status === 'running' ? undefined : state
  })
}

/** Asks again whenever something in the directory changes, until there is an answer, or until the timeout. */
async function waitFor<T>(
  directory: string,
  { signal, timeoutMs }: WaitOptions,
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  signal?.throwIfAborted()
  const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs
  const changes = watchChanges(directory)
  try {
    for (;;) {
      const changed = changes.next()
      const answer = await ask()
      if (answer !== undefined) return answer
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) return undefined
      await changeWithin(changed, { timeoutMs: leftMs, signal })
      signal?.throwIfAborted()
    }
  } finally {
    changes.close()
  }
}
