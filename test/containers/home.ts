/**
 * A home of tsreg with one small image in it, and its commands: run to their end, or killed on their way.
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { attempt, type CommandResult, run } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { toolPath } from '../harness/tools.ts'

export interface Home {
  /** All that tsreg may write is below it. */
  readonly directory: string
  /** `TSREG_HOME` */
  readonly path: string
  /** The name of the image: a busybox with `sh`, `sleep`, `true` and the like. */
  readonly image: string
  /** Runs `tsreg` with these arguments to its end, whatever that is. */
  attempt(...args: readonly string[]): Promise<CommandResult>
  /** As `attempt`, for what must succeed; returns what it printed. */
  run(...args: readonly string[]): Promise<string>
  /** Starts `tsreg`; nobody reads what it prints. */
  start(...args: readonly string[]): Command
}

/** A `tsreg` that runs. */
export interface Command {
  readonly pid: number
  readonly ended: Promise<unknown>
  /** `kill -9` of this process alone after so many milliseconds; returns at its end whether that came by the kill. */
  killAfter(milliseconds: number): Promise<boolean>
}

const launcher = join(repositoryRoot, 'tsreg')

/** Makes the image by a build, so that no registry is needed. Needs root. */
export async function makeHome(directory: string): Promise<Home> {
  const path = join(directory, 'home')
  const temporary = join(directory, 'tmp')
  const context = join(directory, 'context')
  for (const each of [path, temporary, context]) await mkdir(each, { recursive: true })
  const env = { ...process.env, TSREG_HOME: path, TMPDIR: temporary, TSREG_REGISTRY: '127.0.0.1:1' }
  await copyFile(toolPath('busybox'), join(context, 'busybox'))
  await writeFile(join(context, 'Dockerfile'), dockerfile)
  await run([launcher, 'build', '--tag', image, context], { env })
  return {
    directory,
    path,
    image,
    attempt: (...args) => attempt([launcher, ...args], { env }),
    run: (...args) => run([launcher, ...args], { env }),
    start: (...args) => commandOf(spawn(launcher, args, { env, stdio: 'ignore', detached: true })),
  }
}

const image = 'little:v1'

const dockerfile = [
  'FROM scratch',
  'COPY --chmod=755 busybox /bin/busybox',
  'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
  'CMD ["true"]',
  '',
].join('\n')

function commandOf(child: ChildProcess): Command {
  const { pid } = child
  if (pid === undefined) throw new Error(`${launcher} could not be started`)
  const ended = once(child, 'exit')
  return {
    pid,
    ended,
    async killAfter(milliseconds) {
      await Promise.race([sleep(milliseconds), ended])
      child.kill('SIGKILL')
      const [, signal] = await ended
      return signal === 'SIGKILL'
    },
  }
}
