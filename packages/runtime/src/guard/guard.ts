/**
 * A running guard: one of the shell programs of `scripts.ts`, and the talk with it.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Snapshot } from '@tsreg/image/snapshot'
import { keepDescriptors } from '@tsreg/image/syscalls'
import { RuntimeError } from '../errors.ts'
import { programPath } from '../runc/programs.ts'

export interface GuardOptions {
  readonly script: string
  /** Of the container or step, for messages. */
  readonly id: string
  readonly snapshot: Snapshot
  /** Where the root file system is mounted: an empty directory, which stays empty outside of the guard's namespace. */
  readonly rootPath: string
  /** Behind the arguments for the mount. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  /** True gives the guard a descriptor 3, whose other end is `extra`. @default false */
  readonly withExtra?: boolean
}

export interface Guard {
  /**
   * The root file system as the guard sees it: readable from here while the guard lives.
   */
  readonly rootPath: string
  /** What the guard and the programs in it complained about. */
  readonly complaints: () => string
  readonly extra: Readable | undefined
  say(word: string): void
  /** The next line it says. @throws RuntimeError RUNTIME_FAILED with its complaints when it ends instead */
  line(): Promise<string>
  /** All that it still says, to its end. */
  rest(): Promise<readonly string[]>
  /** Tells the guard that nobody is interested any more, and waits until it has cleared up. */
  end(): Promise<void>
}

/** Starts it in a mount namespace of its own, and in a session of its own, where Ctrl-C of a terminal does not reach it. */
export function startGuard(options: GuardOptions): Guard {
  keepDescriptors()
  const child = spawn(
    programPath('unshare'),
    [
      '--mount',
      '--propagation',
      'slave',
      '--',
      '/bin/sh',
      '-c',
      options.script,
      'tsreg-guard',
      ...argumentsOf(options),
    ],
    {
      stdio: ['pipe', 'pipe', 'pipe', ...(options.withExtra === true ? (['pipe'] as const) : [])],
      detached: true,
      env: { ...process.env, ...options.env },
    },
  )
  return guardOf(child, options)
}

function argumentsOf({ snapshot, rootPath, args }: GuardOptions): readonly string[] {
  const { mount } = snapshot
  const workingDirectory = mount.type === 'overlay' ? mount.workingDirectory : '/'
  const options = mount.type === 'overlay' ? mount.options : ['bind', ...mount.options]
  return [workingDirectory, mount.type, options.join(','), mount.source, rootPath, ...args]
}

const complaintLimit = 64 * 1024

function guardOf(child: ChildProcess, { id, rootPath }: GuardOptions): Guard {
  const { stdin, stdout, stderr } = child as { stdin: Writable; stdout: Readable; stderr: Readable }
  let complaints = ''
  stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = `${complaints}${text}`.slice(-complaintLimit)
  })
  // It may have ended already; its own words say why.
  stdin.on('error', () => {})
  const ended = once(child, 'exit')
  ended.catch(() => {})
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const failure = async () => {
    await ended
    const text = complaints.trim()
    return new RuntimeError(
      'RUNTIME_FAILED',
      `container ${id} cannot be set up: ${text === '' ? 'no reason given' : text}`,
      {
        detail: { id },
      },
    )
  }
  return {
    rootPath: `/proc/${child.pid}/root${rootPath}`,
    complaints: () => complaints.trim(),
    extra: (child.stdio[3] ?? undefined) as Readable | undefined,
    say: (word) => void stdin.write(`${word}\n`),
    async line() {
      const { value, done } = await lines.next()
      if (done === true) throw await failure()
      return value
    },
    async rest() {
      const all: string[] = []
      for (let next = await lines.next(); next.done !== true; next = await lines.next()) all.push(next.value)
      return all
    },
    async end() {
      stdin.end()
      await ended
    },
  }
}
