/**
 * The signals that the command gets while a container is in its foreground: they are the container's. But the command can
 * always be ended by them, whatever the container makes of them.
 * @module
 */
import { isAlive, type ProcessIdentity } from '@tsreg/runtime'
import { OutputGone } from '../exit-status.ts'
import { Interruption, type Invocation } from '../invocation.ts'

export interface SignalRelay extends Disposable {
  /** Sends signals to the process from now on; those that came since the relay began as well. */
  deliverTo(process: ProcessIdentity | undefined): void
  /** Sends one more to the process. */
  send(signalName: NodeJS.Signals): void
  /**
   * Aborted when the command is to end whatever the container does: with an {@link Interruption} when the user insists, with
   * {@link OutputGone} when nobody reads what the container says any more, with the error when it cannot be written.
   */
  readonly leave: AbortSignal
}

/** Docker's command hands every one on and cannot be left so; the third is ours. */
const insisting = 3

/** Takes the signals over until it is disposed of. */
export function relaySignals({ takeOver }: Pick<Invocation, 'takeOver'>): SignalRelay {
  const controller = new AbortController()
  const pending: NodeJS.Signals[] = []
  let target: { readonly process: ProcessIdentity | undefined } | undefined
  let asked = 0
  const send = (signalName: NodeJS.Signals) => {
    if (target?.process !== undefined && isAlive(target.process)) sendTo(target.process, signalName)
  }
  const giveBack = takeOver?.({
    onSignal(signalName) {
      if (target === undefined) pending.push(signalName)
      else send(signalName)
      if (signalName !== 'SIGINT' && signalName !== 'SIGTERM') return
      asked += 1
      // What is gone already cannot follow, and the command must not wait for it.
      const isGone = target !== undefined && (target.process === undefined || !isAlive(target.process))
      if (isGone || asked >= insisting) controller.abort(new Interruption(signalName))
    },
    // A terminal that has hung up says EIO.
    onOutputError: (error) =>
      controller.abort(error.code === 'EPIPE' || error.code === 'EIO' ? new OutputGone() : error),
  })
  return {
    leave: controller.signal,
    send,
    deliverTo(process) {
      target = { process }
      for (const signalName of pending.splice(0)) send(signalName)
    },
    [Symbol.dispose]: () => giveBack?.(),
  }
}

function sendTo({ pid }: ProcessIdentity, signalName: NodeJS.Signals): void {
  try {
    process.kill(pid, signalName)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
