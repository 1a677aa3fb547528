/**
 * conmon in its part as the one who watches a further command in a container, and the talk with it: over pipes it is told to
 * go on, and tells that it can be attached to, the process ID of the command, and how that ended.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { keepDescriptors } from '@tsreg/image/syscalls'
import { type RuntimeContext, runcState } from '../containers/runtime-context.ts'
import { programPath } from '../runc/programs.ts'

export interface MonitorOptions {
  /** Of the container. */
  readonly id: string
  /** conmon's bundle. */
  readonly directory: string
  readonly terminal?: boolean | undefined
  readonly stdin?: boolean | undefined
  readonly attach?: boolean | undefined
}

/** What conmon says: `{"data": PID}` first and `{"data": EXIT CODE}` then, or a negative number and a message. */
export interface MonitorAnswer {
  readonly pid?: number
  readonly exitCode?: number
  readonly message?: string
}

export interface ExecMonitor {
  /** Lets conmon begin, and, once it can be attached to, has it start the command. */
  goOn(): void
  /** Returns when it can be attached to. */
  isReady(): Promise<void>
  /** The next thing that it says; empty when it has ended. */
  answer(): Promise<MonitorAnswer>
  complaints(): string
  /** Nothing of it holds this process any more. conmon goes on. */
  leave(): void
}

export function startMonitor(context: Pick<RuntimeContext, 'directory'>, options: MonitorOptions): ExecMonitor {
  keepDescriptors()
  const child = spawn(programPath('conmon'), conmonArguments(context, options), {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', ...(options.attach === true ? (['pipe'] as const) : [])],
    // Ctrl-C of a terminal does not reach it.
    detached: true,
    env: {
      ...process.env,
      _OCI_SYNCPIPE: '3',
      _OCI_STARTPIPE: '4',
      ...(options.attach === true ? { _OCI_ATTACHPIPE: '5' } : {}),
    },
  })
  return monitorOf(child)
}

/** Of the bundle, beside conmon's own files: what is to be run, and what runc says about it. */
export const processFile = 'process.json'
export const runcLogFile = 'runc.log'

const complaintLimit = 64 * 1024

function monitorOf(child: ChildProcess): ExecMonitor {
  const [, , errors, sync, start, ready] = child.stdio as [null, null, Readable, Readable, Writable, Readable?]
  let complaints = ''
  errors.setEncoding('utf8').on('data', (text: string) => {
    complaints = `${complaints}${text}`.slice(-complaintLimit)
  })
  // It may have ended already, which its silence tells.
  for (const stream of [errors, sync, start, ready]) stream?.on('error', () => {})
  child.on('error', (error) => {
    complaints += error.message
  })
  const answers = createInterface({ input: sync })[Symbol.asyncIterator]()
  let isFirst = true
  return {
    goOn: () => void start.write('0'),
    async isReady() {
      if (ready === undefined) return
      for await (const _ of ready) return
    },
    async answer() {
      const { value = '', done } = await answers.next()
      const answer = done === true ? {} : readMonitorAnswer(value, isFirst)
      isFirst = false
      return answer
    },
    complaints: () => complaints.trim(),
    leave() {
      for (const stream of [errors, sync, start, ready]) stream?.destroy()
      child.unref()
    },
  }
}

/** @param isFirst a number is the process ID then, later the exit code */
export function readMonitorAnswer(line: string, isFirst: boolean): MonitorAnswer {
  try {
    const { data, message } = JSON.parse(line)
    if (typeof data === 'number' && data >= 0) return isFirst ? { pid: data } : { exitCode: data }
    return typeof message === 'string' ? { message } : {}
  } catch {
    return { message: line }
  }
}

/** What conmon runs in its own place at the end, whatever the end. */
const endScript = 'rm -rf -- "$1"'

function conmonArguments(
  context: Pick<RuntimeContext, 'directory'>,
  { id, directory, terminal, stdin, attach }: MonitorOptions,
): readonly string[] {
  const log = ['--log', join(directory, runcLogFile), '--log-format', 'json']
  const runtimeArguments = ['--root', runcState(context), ...log]
  return [
    ...['--api-version', '1', '--cid', id, '--cuuid', id, '--name', id],
    ...['--runtime', programPath('runc'), ...runtimeArguments.flatMap((word) => ['--runtime-arg', word])],
    ...['--bundle', directory, '--container-pidfile', join(directory, 'pid')],
    ...['--log-path', 'none:', '--log-level', 'error', '--full-attach'],
    ...(terminal === true ? ['--terminal'] : []),
    ...(stdin === true ? ['--stdin'] : []),
    ...(stdin === true && terminal === true ? ['--leave-stdin-open'] : []),
    ...['--exec', '--exec-process-spec', join(directory, processFile)],
    ...(attach === true ? ['--exec-attach'] : []),
    ...['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', endScript],
    ...['--exit-command-arg', 'tsreg-exec', '--exit-command-arg', directory],
  ]
}
