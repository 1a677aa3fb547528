/**
 * `start`: running a container that was made before, for the first time or once more.
 * @module
 */
import { join } from 'node:path'
import { type Claim, claim } from '../claims/claim.ts'
import { RuntimeError } from '../errors.ts'
import { clearAway, endRuntime } from './clear-away.ts'
import { type Container, readContainer } from './find.ts'
import type { RuntimeContext } from './runtime-context.ts'
import { type StartedContainer, type StartOptions, startContainer } from './start.ts'
import { waitForEnd } from './wait.ts'

/** How long runc and conmon may take to clear up behind a container; then it is done without them. */
const clearUpMs = 10_000

export interface ExistingStarted {
  /** As it is now: it may have been renamed since it was looked for. */
  readonly container: Container
  /** Undefined when it ran already. */
  readonly started: StartedContainer | undefined
  /** Held by the caller as long as it attends to the container; of one that ran already it is nobody's here. */
  readonly claim: Claim | undefined
}

/**
 * Starts the container unless it runs. When it does not start, one of `--rm` is removed and another stays.
 * @throws RuntimeError CONTAINER_UNKNOWN when it was removed meanwhile, CONTAINER_BUSY, and what starting throws
 */
export async function startExisting(
  context: RuntimeContext,
  { record: { id }, state }: Container,
  options: StartOptions = {},
): Promise<ExistingStarted> {
  const { directory } = context
  if (state.status === 'running')
    return { container: await present(directory, id), started: undefined, claim: undefined }
  const held = await claim(directory, id)
  let container: Container
  try {
    container = await present(directory, id)
  } catch (error) {
    held.keep()
    throw error
  }
  const { autoRemove } = container.record.host
  if (container.state.status === 'running') {
    // Started by another process meanwhile, whose claim tells whether the container goes when it ends.
    if (autoRemove) held.leave()
    else held.keep()
    return { container, started: undefined, claim: undefined }
  }
  try {
    // What its last run left: conmon may be at work still, or have been killed on the way.
    await waitForEnd(join(directory, id), { timeoutMs: clearUpMs })
    await endRuntime(context, id)
    return { container, started: await startContainer(context, container.record, options), claim: held }
  } catch (error) {
    if (autoRemove) await clearAway(context, id)
    held.keep()
    throw error
  }
}

async function present(directory: string, id: string): Promise<Container> {
  const container = await readContainer(directory, id)
  if (container !== undefined) return container
  throw new RuntimeError('CONTAINER_UNKNOWN', `No such container: ${id}`, { detail: { container: id } })
}
