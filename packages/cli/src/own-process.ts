/**
 * The process around a run: standard streams, signals, exit code.
 * @module
 */
import { constants } from 'node:os'
import { exitCodes } from './exit-codes.ts'
import { type ForegroundHandlers, Interruption, type Invocation } from './invocation.ts'

/** Node leaves other signals alone until somebody listens to them. */
const passedOn = ['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const

/** Gives this process to one run of the command, and ends it with the exit code. */
export async function endWith(
  run: (argv: readonly string[], invocation: Invocation) => Promise<number>,
): Promise<void> {
  const controller = new AbortController()
  let foreground: ForegroundHandlers | undefined
  for (const signalName of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signalName, () => {
      if (foreground !== undefined) return foreground.onSignal(signalName)
      // The first signal asks, the second one insists.
      if (controller.signal.aborted) process.exit(128 + constants.signals[signalName])
      controller.abort(new Interruption(signalName))
    })
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (foreground !== undefined) return foreground.onOutputError(error)
      // `tsreg images | head -1`: nobody reads any more, and nobody wants to hear about it.
      process.exit(error.code === 'EPIPE' ? exitCodes.brokenPipe.code : exitCodes.failure.code)
    })
  }
  const takeOver = (handlers: ForegroundHandlers) => {
    foreground = handlers
    doNotWaitForTerminals()
    const { onSignal } = handlers
    for (const signalName of passedOn) process.on(signalName, onSignal)
    return () => {
      foreground = undefined
      for (const signalName of passedOn) process.off(signalName, onSignal)
    }
  }
  const { env, stdout, stderr } = process
  const streams = {
    stdout,
    stderr,
    // Opened by those few that read it.
    get stdin() {
      return process.stdin
    },
  }
  const code = await run(process.argv.slice(2), Object.assign(streams, { env, signal: controller.signal, takeOver }))
  // Kept-alive connections would hold the process for seconds after its work is done.
  process.exit(code)
}

/**
 * Node writes to a terminal until it has taken everything, and hears no signal meanwhile: one that has stopped would stop the
 * process. Where Node has no such method any more, it is as Node has it.
 */
function doNotWaitForTerminals(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.isTTY) (stream as { _handle?: { setBlocking?(blocks: boolean): void } })._handle?.setBlocking?.(false)
  }
}
