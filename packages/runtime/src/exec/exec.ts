/**
 * A further command in a running container. conmon has runc start it and stays with it to its end, as with a container: it
 * outlives this process, and its streams can be left.
 *
 * ```
 * <container>/exec/<id>/   conmon's bundle: process.json, and what conmon puts there; conmon removes it at the end
 * ```
 * @module
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readMachine } from '../bundle/machine.ts'
import { runtimeProcess } from '../bundle/process.ts'
import { type Attachment, attach, type TerminalSize } from '../containers/attach.ts'
import type { Container } from '../containers/find.ts'
import { identifyProcess, type ProcessIdentity } from '../containers/process-identity.ts'
import type { ContainerRecord } from '../containers/record.ts'
import type { RuntimeContext } from '../containers/runtime-context.ts'
import { type ContainerState, readState } from '../containers/state.ts'
import { RuntimeError } from '../errors.ts'
import { lookUpUser, readUserDatabase } from '../rootfs/user.ts'
import { checkWorkingDirectory } from '../rootfs/working-directory.ts'
import { lastRuncError, runcFailure } from '../runc/failure.ts'
import { type ExecMonitor, processFile, runcLogFile, startMonitor } from './monitor.ts'

export interface ExecOptions {
  /** The program and its arguments; a program without a slash is looked for along `PATH`. */
  readonly args: readonly string[]
  /** On top of the container's. */
  readonly env?: readonly string[] | undefined
  /** @default that of the container */
  readonly cwd?: string | undefined
  /** Names are those of the container. @default that of the container */
  readonly user?: string | undefined
  readonly terminal?: boolean | undefined
  readonly terminalSize?: TerminalSize | undefined
  /** Whether something can be sent to its standard input. */
  readonly stdin?: boolean | undefined
  /** Connects to its streams before it runs; otherwise what it says is nobody's. @default false */
  readonly attach?: boolean | undefined
}

export interface StartedExec {
  /** Undefined when it ended too soon to be looked at. */
  readonly process: ProcessIdentity | undefined
  readonly attachment: Attachment | undefined
  /** Its exit code, when it has ended. @throws RuntimeError RUNTIME_FAILED when conmon was killed before it said */
  ended(): Promise<number>
}

/**
 * Returns when the command runs.
 * @throws RuntimeError CONTAINER_NOT_RUNNING, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, USER_UNKNOWN, OPTION_INVALID,
 * RUNTIME_FAILED;
 * nothing of the command is left then
 */
export async function execInContainer(
  context: Omit<RuntimeContext, 'snapshotter' | 'reaper'>,
  { record }: Container,
  options: ExecOptions,
): Promise<StartedExec> {
  const { id } = record
  const state = await readState(join(context.directory, id))
  if (state.status !== 'running' || state.pid === 0) throw notRunning(id)
  const directory = await makeDirectory(join(context.directory, id), id)
  let monitor: ExecMonitor | undefined
  let attachment: Attachment | undefined
  try {
    const document = await processDocument(record, state, options)
    monitor = startMonitor(context, { id, directory, ...options })
    if (options.attach === true) {
      monitor.goOn()
      await monitor.isReady()
      attachment = attach(directory)
    }
    // Not before somebody is attached: should this process die now, runc finds nothing to run.
    await writeFile(join(directory, processFile), JSON.stringify(document), { mode: 0o600 })
    monitor.goOn()
    const { pid, message } = await monitor.answer()
    if (pid === undefined) throw await failureOf(directory, message, monitor, id, context)
    const started = monitor
    return { process: identifyProcess(pid), attachment, ended: () => exitCodeFrom(started, id) }
  } catch (error) {
    attachment?.close()
    monitor?.leave()
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

/** One by one: a container that is being removed must not get a directory anew. */
async function makeDirectory(container: string, id: string): Promise<string> {
  const all = join(container, 'exec')
  const directory = join(all, randomBytes(8).toString('hex'))
  try {
    await mkdir(all).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await mkdir(directory, { mode: 0o700 })
    return directory
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw notRunning(id)
    throw error
  }
}

async function processDocument(record: ContainerRecord, { pid }: ContainerState, options: ExecOptions) {
  const { process: own, host, hostname } = record
  // Read as the container sees it; no link in it leads out of it.
  const root = `/proc/${pid}/root`
  const cwd = options.cwd ?? own.cwd
  const [database] = await Promise.all([readUserDatabase(root), checkWorkingDirectory(root, cwd)])
  return runtimeProcess({
    args: options.args,
    env: [...own.env, ...(options.env ?? [])],
    cwd,
    user: lookUpUser(options.user ?? own.user, database),
    terminal: options.terminal ?? false,
    terminalSize: options.terminalSize,
    hostname,
    capabilities: { add: host.capabilitiesAdded, drop: host.capabilitiesDropped },
    machine: readMachine(),
  })
}

async function failureOf(
  directory: string,
  message: string | undefined,
  monitor: ExecMonitor,
  id: string,
  context: Pick<RuntimeContext, 'directory'>,
): Promise<RuntimeError> {
  const { status } = await readState(join(context.directory, id))
  if (status !== 'running') return notRunning(id)
  const log = await readFile(join(directory, runcLogFile), 'utf8').catch(() => '')
  return runcFailure(lastRuncError(log) ?? message ?? monitor.complaints())
}

async function exitCodeFrom(monitor: ExecMonitor, id: string): Promise<number> {
  const { exitCode } = await monitor.answer()
  if (exitCode !== undefined) return exitCode
  throw new RuntimeError('RUNTIME_FAILED', `conmon ended before it told how the command in container ${id} ended`, {
    detail: { id },
  })
}

function notRunning(id: string): RuntimeError {
  return new RuntimeError('CONTAINER_NOT_RUNNING', `Container ${id} is not running`, { detail: { id } })
}
