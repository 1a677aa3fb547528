/**
 * Long-running programs: each in a process group of its own, output to a file, and none survives this process.
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'

export interface StartOptions {
  /** File that gets stdout and stderr, appended. */
  readonly log: string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

/** A running program. Signals go to its whole process group: launchers and their children die together. */
export interface Child {
  readonly pid: number
  readonly log: string
  /** Settles when it has ended, by itself or by a signal. */
  readonly ended: Promise<void>
  isRunning(): boolean
  /** Sends the signal and waits for the end; SIGKILL after `patienceMs` (default 10 000). */
  end(signal: NodeJS.Signals, patienceMs?: number): Promise<void>
}

const running = new Set<ChildProcess>()

/** Starts `command`; its end is not an error here, whoever waits for it to serve notices. */
export function startChild(command: readonly string[], options: StartOptions): Child {
  const [program = '', ...args] = command
  const log = openSync(options.log, 'a')
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', log, log],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env ?? process.env,
  })
  closeSync(log)
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} could not be started: is it installed and executable?`)
  running.add(child)
  const ended = once(child, 'exit').then(() => {
    running.delete(child)
  })
  const isRunning = () => running.has(child)
  return {
    pid,
    log: options.log,
    ended,
    isRunning,
    async end(signal, patienceMs = 10_000) {
      signalGroup(pid, signal)
      const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), patienceMs)
      await ended
      clearTimeout(timer)
      // The launcher may be gone before what it launched.
      signalGroup(pid, 'SIGKILL')
    },
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

process.on('exit', () => {
  for (const child of running) if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
