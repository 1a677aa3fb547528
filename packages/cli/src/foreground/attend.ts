/**
 * Attending to a container in the foreground from its start to its end, and what is done with it then.
 * @module
 */
import {
  type Claim,
  type ContainerRecord,
  clearAway,
  forgetContainer,
  type RuntimeContext,
  type StartedContainer,
  shortContainerId,
  waitForEnd,
  waitForExit,
} from '@tsreg/runtime'
import { exitCodes } from '../exit-codes.ts'
import { Interruption, type Invocation } from '../invocation.ts'
import { type ForegroundOptions, runInForeground } from './foreground.ts'
import type { SignalRelay } from './signals.ts'

export interface Attended {
  readonly record: ContainerRecord
  readonly started: StartedContainer
  /** Held by the caller. Where the container is left running, one of `--rm` goes when it ends and the claim is free. */
  readonly claim: Claim
}

/**
 * @param signals taken over before the container was started, so that none is lost
 * @returns the exit code of the container; 0 when the user left it running
 * @throws Interruption when the user insisted: the container goes on. OutputGone, or why it cannot be written, when nobody gets
 * what the container says: it goes on as well, but one of `--rm` is killed and removed, for nobody would ever hear of it again
 */
export async function attend(
  context: RuntimeContext,
  { record, started, claim }: Attended,
  options: ForegroundOptions,
  invocation: Invocation,
  signals: SignalRelay,
): Promise<number> {
  const { attachment, process } = started
  if (attachment === undefined) throw new Error('the container was started without its streams')
  const { autoRemove } = record.host
  if (!autoRemove) claim.keep()
  const remove = async () => {
    await clearAway(context, record.id)
    claim.keep()
  }
  signals.deliverTo(process)
  try {
    if ((await runInForeground(attachment, options, invocation, signals)) === 'detached') return exitCodes.ok.code
  } catch (error) {
    if (error instanceof Interruption) tellThatItGoesOn(record, invocation)
    else if (autoRemove) await remove()
    throw error
  }
  // What comes now is short, and the container's no more.
  signals[Symbol.dispose]()
  const directory = `${context.directory}/${record.id}`
  if (!autoRemove) {
    return (await waitForEnd(directory, { signal: invocation.signal }))?.exitCode ?? exitCodes.container.code
  }
  const state = await waitForExit(directory, { signal: invocation.signal })
  // Whoever has written down how it ended removes the rest of it, once this process has left.
  if (state?.finishedAt === undefined) await remove()
  else await forgetContainer(context, record.id)
  return state?.exitCode ?? exitCodes.container.code
}

/** Not waited for: the stream may be the one that nobody reads. */
export function tellThatItGoesOn({ id }: Pick<ContainerRecord, 'id'>, { stderr }: Pick<Invocation, 'stderr'>): void {
  const short = shortContainerId(id)
  stderr.write(`\nContainer ${short} was left as it is; "tsreg stop ${short}" ends it\n`)
}
