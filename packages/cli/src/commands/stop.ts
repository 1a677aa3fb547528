/**
 * `tsreg stop`, `tsreg kill` and `tsreg wait`
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander'
import { forEachContainer } from '../containers.ts'
import type { Invocation } from '../invocation.ts'
import { verb } from '../verb.ts'

const names = 'Name, ID or first digits of the ID'
const graceSeconds = 10

export function stop(invocation: Invocation): Command {
  return verb('stop', 'Stop containers: ask, then kill', [
    ['tsreg stop web', 'Gives it ten seconds'],
    ['tsreg stop -t 60 db', 'Gives it a minute'],
  ])
    .argument('<container...>', names)
    .option('-t, --time <seconds>', 'Seconds to wait before killing it; -1 waits for ever', secondsOf, graceSeconds)
    .option('-s, --signal <signal>', 'Signal to ask with; default: the stop signal of the container')
    .action(async (texts: readonly string[], flags: { readonly time: number; readonly signal?: string }) => {
      const { signalNumber, stopContainer } = await import('@tsreg/runtime')
      const stopSignal = flags.signal === undefined ? undefined : signalNumber(flags.signal)
      await forEachContainer(texts, invocation, async (container, { directory }) => {
        const { signal } = invocation
        await stopContainer(directory, container, { timeoutSeconds: flags.time, stopSignal, signal })
        return undefined
      })
    })
}

export function kill(invocation: Invocation): Command {
  return verb('kill', 'Send a signal to containers', [
    ['tsreg kill web', 'Ends it at once'],
    ['tsreg kill -s HUP web', 'Or tells it something'],
  ])
    .argument('<container...>', names)
    .option('-s, --signal <signal>', 'Name or number', 'KILL')
    .action(async (texts: readonly string[], flags: { readonly signal: string }) => {
      const { killContainer, signalNumber } = await import('@tsreg/runtime')
      const signal = signalNumber(flags.signal)
      await forEachContainer(texts, invocation, async (container, { directory }) => {
        await killContainer(directory, container, signal)
        return undefined
      })
    })
}

export function wait(invocation: Invocation): Command {
  return verb('wait', 'Wait for containers to end and print their exit codes', [['tsreg wait web', 'For example 0']])
    .argument('<container...>', names)
    .action(async (texts: readonly string[]) => {
      const { waitForEnd } = await import('@tsreg/runtime')
      await forEachContainer(texts, invocation, async ({ record, state }, { directory }) => {
        const { signal } = invocation
        if (state.status === 'created') return '0'
        const ended = await waitForEnd(`${directory}/${record.id}`, { signal })
        return String(ended?.exitCode ?? state.exitCode)
      })
    })
}

function secondsOf(text: string): number {
  if (/^-?\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number of seconds.')
}
