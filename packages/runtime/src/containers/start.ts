/**
 * Starting a container: a guard mounts its root file system and starts conmon in a mount namespace of their own; conmon
 * has runc make the container and stays with it to its end.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Snapshot } from '@tsreg/image/snapshot'
import { type BundleParts, runtimeConfig } from '../bundle/config.ts'
import { readMachine } from '../bundle/machine.ts'
import { writeNetworkFiles } from '../bundle/network-files.ts'
import { claimPath } from '../claims/claim.ts'
import { isRuntimeError, RuntimeError } from '../errors.ts'
import { type Guard, startGuard } from '../guard/guard.ts'
import { endScript, startScript } from '../guard/scripts.ts'
import { lookUpUser, readUserDatabase } from '../rootfs/user.ts'
import { checkWorkingDirectory } from '../rootfs/working-directory.ts'
import { lastRuncError, runcFailure } from '../runc/failure.ts'
import { checkMachine, programPath } from '../runc/programs.ts'
import { type Attachment, attach, type TerminalSize } from './attach.ts'
import { cgroupPath } from './cgroups.ts'
import { endRuntime } from './clear-away.ts'
import { letRun } from './let-run.ts'
import { identifyProcess, type ProcessIdentity } from './process-identity.ts'
import type { ContainerRecord } from './record.ts'
import { type RuntimeContext, runcState } from './runtime-context.ts'
import { forgetRun, writeFailure, writeStarted } from './state.ts'
import { fillVolumes, makeSources } from './volumes.ts'

export interface StartOptions {
  /** Connects to the container's streams before its process runs, so that nothing it says is missed. @default false */
  readonly attach?: boolean
  /**
   * Its standard input stays open when whoever is attached leaves, so that somebody else can go on. That of a terminal always
   * does. @default false
   */
  readonly keepInput?: boolean
  /** Of the terminal from the beginning. */
  readonly terminalSize?: TerminalSize | undefined
}

export interface StartedContainer {
  readonly process: ProcessIdentity
  readonly attachment: Attachment | undefined
}

/**
 * Starts the container, whose claim the caller holds, and returns when its process runs. It then needs this process no
 * more; until then it is killed when this process dies.
 * @throws RuntimeError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, USER_UNKNOWN, RUNTIME_MISSING, RUNTIME_FAILED; the
 * container is not running then
 */
export async function startContainer(
  context: RuntimeContext,
  record: ContainerRecord,
  options: StartOptions = {},
): Promise<StartedContainer> {
  checkMachine()
  const { id } = record
  const directory = join(context.directory, id)
  await forgetRun(directory)
  const snapshot = await context.snapshotter.open(id)
  const guard = startGuard({
    script: startScript,
    id,
    snapshot,
    rootPath: join(directory, 'rootfs'),
    args: [
      id,
      runcState(context),
      programPath('runc'),
      directory,
      ...conmonCommand(context, record, options, snapshot),
    ],
    env: { _OCI_SYNCPIPE: '3' },
    withExtra: true,
  })
  let attachment: Attachment | undefined
  try {
    // While the guard mounts.
    const networkFiles = writeNetworkFiles(directory, { hostname: record.hostname, network: record.host.network })
    await guard.line()
    await writeBundle(guard, directory, record, options, networkFiles)
    const process = await create(guard, directory)
    if (options.attach === true) attachment = attach(directory)
    await letRun(join(runcState(context), id), process)
    guard.say('started')
    return { process, attachment }
  } catch (error) {
    attachment?.close()
    await guard.end()
    await endRuntime(context, id)
    await forgetRun(directory)
    await noteFailure(directory, error)
    throw error
  }
}

/** With the exit codes that docker has for what does not start. */
async function noteFailure(directory: string, error: unknown): Promise<void> {
  const exitCode = isRuntimeError(error, 'COMMAND_NOT_FOUND')
    ? 127
    : isRuntimeError(error, 'COMMAND_NOT_EXECUTABLE')
      ? 126
      : 128
  try {
    await writeFailure(directory, { exitCode, message: error instanceof Error ? error.message : String(error) })
  } catch (failure) {
    // Removed meanwhile; why it did not start is told by the error itself.
    if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') throw failure
  }
}

/** What runc said about this start. */
const runcLog = 'runc.log'

async function writeBundle(
  guard: Guard,
  directory: string,
  record: ContainerRecord,
  { terminalSize }: StartOptions,
  networkFiles: BundleParts['networkFiles'],
): Promise<void> {
  const { id, host, hostname } = record
  const database = await readUserDatabase(guard.rootPath)
  await checkWorkingDirectory(guard.rootPath, record.process.cwd)
  await makeSources(host.mounts)
  await fillVolumes(guard.rootPath, host.mounts)
  const config = runtimeConfig({
    rootPath: join(directory, 'rootfs'),
    readOnlyRoot: host.readOnlyRoot,
    args: [...record.process.entrypoint, ...record.process.command],
    env: record.process.env,
    cwd: record.process.cwd,
    user: lookUpUser(record.process.user, database),
    terminal: record.process.terminal,
    terminalSize,
    hostname,
    network: host.network,
    capabilities: { add: host.capabilitiesAdded, drop: host.capabilitiesDropped },
    limits: host,
    mounts: host.mounts,
    networkFiles,
    cgroupsPath: cgroupPath(id),
    annotations: {},
    machine: readMachine(),
  })
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config))
}

/** Has conmon and runc make the container, and writes down who its processes are before they run. */
async function create(guard: Guard, directory: string): Promise<ProcessIdentity> {
  const answer = firstLine(guard.extra)
  guard.say('go')
  const status = await guard.line()
  const { pid, message } = readAnswer(await answer)
  if (status !== 'conmon 0' || pid === undefined) {
    const log = await readFile(join(directory, runcLog), 'utf8').catch(() => '')
    throw runcFailure(lastRuncError(log) ?? message ?? guard.complaints())
  }
  const process = identifyProcess(pid)
  const conmon = identifyProcess(Number(readFileSync(join(directory, 'conmon.pid'), 'utf8')))
  if (process === undefined || conmon === undefined) {
    throw new RuntimeError('RUNTIME_FAILED', 'the container ended before it was started')
  }
  await writeStarted(directory, { process, conmon, startedAt: new Date().toISOString() })
  return process
}

/** conmon keeps the pipe open to the end of the container. */
async function firstLine(source: Readable | undefined): Promise<string> {
  if (source === undefined) return ''
  try {
    for await (const line of createInterface({ input: source })) return line
    return ''
  } finally {
    source.destroy()
  }
}

/** What conmon tells on its pipe: `{"data": PID}`, or a negative number and a message. */
export function readAnswer(text: string): { readonly pid?: number; readonly message?: string } {
  if (text.trim() === '') return {}
  try {
    const { pid, data = pid, message } = JSON.parse(text)
    if (typeof data === 'number' && data > 0) return { pid: data }
    return typeof message === 'string' ? { message } : {}
  } catch {
    return { message: text.trim() }
  }
}

function conmonCommand(
  context: RuntimeContext,
  record: ContainerRecord,
  { keepInput = false }: StartOptions,
  snapshot: Snapshot,
): readonly string[] {
  const { id, name, process, host } = record
  const directory = join(context.directory, id)
  const runc = programPath('runc')
  const claim = host.autoRemove ? claimPath(context.directory, id) : ''
  const runtimeArguments = ['--root', runcState(context), '--log', join(directory, runcLog), '--log-format', 'json']
  const places = [runcState(context), id, directory, claim, snapshot.directory]
  const ending = ['-c', endScript, 'tsreg-end', runc, ...places, ...context.reaper, id]
  return [
    programPath('conmon'),
    ...['--api-version', '1', '--cid', id, '--cuuid', id, '--name', name],
    ...['--runtime', runc, ...runtimeArguments.flatMap((word) => ['--runtime-arg', word])],
    ...['--bundle', directory, '--persist-dir', directory],
    ...['--container-pidfile', join(directory, 'pid'), '--conmon-pidfile', join(directory, 'conmon.pid')],
    // Of a path conmon takes a colon for its end: it begins in its directory.
    ...['--log-path', 'k8s-file:log', '--log-level', 'error'],
    ...['--full-attach', '--no-sync-log'],
    ...(process.terminal ? ['--terminal'] : []),
    ...(process.stdin ? ['--stdin'] : []),
    ...(process.stdin && (process.terminal || keepInput) ? ['--leave-stdin-open'] : []),
    ...['--exit-command', '/bin/sh', ...ending.flatMap((word) => ['--exit-command-arg', word])],
  ]
}
