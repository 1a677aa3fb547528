/**
 * A program that is spoken with while it runs: over pipes, or at a terminal of its own.
 * @module
 */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** False leaves its standard output unread until `readOn`. @default true */
  readonly isRead?: boolean
}

export interface Program {
  readonly pid: number
  /** All that it said so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Waits until one of its outputs, or the one named, matches. @throws Error when it does not for two minutes */
  sees(pattern: RegExp | string, stream?: 'stdout' | 'stderr'): Promise<void>
  type(text: string): void
  endInput(): void
  signal(name: NodeJS.Signals): void
  /** Takes what it says from now on. */
  readOn(): void
  /** Takes nothing more of what it says. */
  stopReading(): void
  /** Closes the pipe that it writes its standard output to. */
  closeOutput(): void
  /** Waits until it waits itself: it has used the processor, and for a second no more of it. */
  isIdle(): Promise<void>
  /** Bytes that it had in memory at most. */
  peakMemory(): number
  /** Its exit status; 128 and the number of the signal that ended it. @throws Error when it runs on for two minutes */
  ended(): Promise<number>
}

/** However busy the machine is. */
const patienceMs = 120_000
/** More than that of an output is not kept: only its beginning. */
const keptLimit = 8 * 1024 * 1024

const running = new Set<ChildProcessWithoutNullStreams>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export function startProgram(command: readonly string[], { env, cwd, isRead = true }: ProgramOptions): Program {
  const [file = '', ...args] = command
  const child = spawn(file, args, { stdio: 'pipe', env, cwd })
  running.add(child)
  child.stdin.on('error', () => {})
  const kept = { stdout: '', stderr: '' }
  const listen = (stream: 'stdout' | 'stderr') =>
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      if (kept[stream].length < keptLimit) kept[stream] += text
    })
  listen('stderr')
  if (isRead) listen('stdout')
  let status: number | undefined
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      running.delete(child)
      status = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
      resolve(status)
    })
  })
  exited.catch(() => {})
  // What it said last comes after its end; where nobody reads there is no end to be waited for.
  const closed = new Promise<void>((resolve) => child.once('close', resolve))
  const told = () =>
    `it said ${JSON.stringify(kept.stdout.slice(-2000))} and ${JSON.stringify(kept.stderr.slice(-2000))}`
  return {
    pid: child.pid ?? 0,
    stdout: () => kept.stdout,
    stderr: () => kept.stderr,
    async sees(pattern, stream) {
      const matches = () => {
        const text = stream === undefined ? `${kept.stdout}\n${kept.stderr}` : kept[stream]
        return typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)
      }
      const deadline = performance.now() + patienceMs
      while (!matches()) {
        if (status !== undefined) {
          await closed
          if (matches()) return
          throw new Error(`${command.join(' ')} ended with ${status} before ${pattern}: ${told()}`)
        }
        if (performance.now() > deadline) throw new Error(`${command.join(' ')}: no ${pattern}: ${told()}`)
        await delay(20)
      }
    },
    type: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    signal: (name) => void child.kill(name),
    readOn: () => void listen('stdout'),
    stopReading: () => void child.stdout.pause(),
    closeOutput: () => void child.stdout.destroy(),
    async isIdle() {
      const deadline = performance.now() + patienceMs
      for (let before = -1, now = ticksOf(child.pid ?? 0); now !== before || now === 0; ) {
        if (performance.now() > deadline) throw new Error(`${command.join(' ')} does not come to rest: ${told()}`)
        await delay(1000)
        before = now
        now = ticksOf(child.pid ?? 0)
      }
    },
    peakMemory: () => peakMemoryOf(child.pid ?? 0),
    async ended() {
      const late = delay(patienceMs, undefined, { ref: false }).then(() => {
        throw new Error(`${command.join(' ')} does not end: ${told()}`)
      })
      const code = await Promise.race([exited, late])
      if (isRead && !child.stdout.destroyed) await Promise.race([closed, late])
      return code
    },
  }
}

/** Of the processor, used by it: proc(5), fields 14 and 15 of `/proc/<pid>/stat`. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** proc(5), `VmHWM`. */
function peakMemoryOf(pid: number): number {
  const [, kibibytes = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) * 1024
}
