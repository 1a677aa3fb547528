/**
 * Runs the command of a build step: runc in a guard, without anything that outlives it.
 * @module
 */
import { constants, existsSync, mkdirSync, openSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { runtimeConfig } from '../bundle/config.ts'
import { readMachine } from '../bundle/machine.ts'
import type { ContainerMount } from '../bundle/mounts.ts'
import { writeNetworkFiles } from '../bundle/network-files.ts'
import { cgroupPath, removeCgroup } from '../containers/cgroups.ts'
import { endRuntime } from '../containers/clear-away.ts'
import { removeDirectory } from '../containers/remove-directory.ts'
import { type Guard, startGuard } from '../guard/guard.ts'
import { stepScript } from '../guard/scripts.ts'
import { copyInto } from '../output/copy-into.ts'
import { lookUpUser, readUserDatabase } from '../rootfs/user.ts'
import { checkWorkingDirectory } from '../rootfs/working-directory.ts'
import { lastRuncError, runcFailure } from '../runc/failure.ts'
import { checkMachine, programPath } from '../runc/programs.ts'
import { withoutFailureLine } from './failure-line.ts'
import type { StepMount, StepOptions, StepResult } from './step.ts'

/** {@link RunStep} */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const { directory, snapshot, signal } = options
  signal?.throwIfAborted()
  checkMachine()
  const id = snapshot.key
  const bundle = join(directory, id)
  const rootPath = join(bundle, 'rootfs')
  const state = join(directory, 'runc')
  mkdirSync(rootPath, { recursive: true })
  const guard = startGuard({
    script: stepScript,
    id,
    snapshot,
    rootPath,
    args: [bundle, id, state, programPath('runc')],
  })
  const stop = () => void guard.end()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await runGuarded(guard, bundle, options)
  } finally {
    signal?.removeEventListener('abort', stop)
    await guard.end()
    // The guard did it; where it was killed itself, this does.
    if (existsSync(bundle)) {
      await endRuntime(options, id)
      await removeDirectory(bundle)
    }
    // runc removes it, unless it was killed before it had written down that there is one.
    await removeCgroup(id)
    signal?.throwIfAborted()
  }
}

async function runGuarded(guard: Guard, bundle: string, options: StepOptions): Promise<StepResult> {
  await guard.line()
  await writeBundle(guard, bundle, options)
  const [output, errors] = [openPipe(join(bundle, 'stdout')), openPipe(join(bundle, 'stderr'))]
  guard.say('go')
  // Without a writer, the first read would be the end.
  await guard.line()
  const [stdout, stderr] = [pipeReader(output), pipeReader(errors)]
  try {
    const result = guard.rest().then(([status = '', ...log]) => ({ status, failure: lastRuncError(log.join('\n')) }))
    const failed = result.then(({ failure }) => failure !== undefined)
    const copied = Promise.all([
      copyInto(stdout, options.stdout),
      copyInto(withoutFailureLine(stderr, failed), options.stderr),
    ])
    // Nobody reads any more what the command says: it has no reason to go on.
    copied.catch(() => guard.end())
    const { status, failure } = await result
    if (failure !== undefined) throw runcFailure(failure, { detail: { args: options.process.args } })
    await copied
    return { exitCode: statusIn(status, guard) }
  } finally {
    stdout.destroy()
    stderr.destroy()
  }
}

async function writeBundle(guard: Guard, bundle: string, options: StepOptions): Promise<void> {
  const { snapshot, process: command, network = 'host', mounts = [] } = options
  const hostname = options.hostname ?? snapshot.key.slice(0, 12)
  const networkFiles = writeNetworkFiles(bundle, { hostname, network })
  const database = await readUserDatabase(guard.rootPath)
  await checkWorkingDirectory(guard.rootPath, command.cwd ?? '/')
  const config = runtimeConfig({
    rootPath: join(bundle, 'rootfs'),
    readOnlyRoot: false,
    args: command.args,
    env: command.env,
    cwd: command.cwd ?? '/',
    user: lookUpUser(command.user ?? '', database),
    terminal: false,
    hostname,
    network,
    capabilities: { add: [], drop: [] },
    limits: {},
    mounts: mounts.map(mountOf),
    networkFiles,
    cgroupsPath: cgroupPath(snapshot.key),
    annotations: {},
    machine: readMachine(),
  })
  await writeFile(join(bundle, 'config.json'), JSON.stringify(config))
}

function mountOf({ source, destination, readOnly = false }: StepMount): ContainerMount {
  const kind = source === undefined ? 'tmpfs' : 'bind'
  return { kind, source: source ?? '', destination, readOnly, options: [] }
}

/** A pipe with a name, so that `/dev/stdout` can be opened in the container, which a socket does not allow. */
function openPipe(path: string): number {
  // Without O_NONBLOCK this would wait for the writer.
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
}

function pipeReader(fd: number): Socket {
  return new Socket({ fd, readable: true, writable: false })
}

function statusIn(line: string, guard: Guard): number {
  const status = /^ended (\d+)$/.exec(line)?.[1]
  if (status !== undefined) return Number(status)
  throw runcFailure(guard.complaints())
}
