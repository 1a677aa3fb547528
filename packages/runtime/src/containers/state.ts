/**
 * In what state a container is: derived from what its processes left and whether they live, each time anew. Nothing that
 * was written down is believed about a process that should be running.
 *
 * ```
 * process.json   its first process, conmon, and when it was started: written before the process runs
 * exit           its exit code, written by conmon when it has ended
 * ended          runc has cleared up behind it
 * oom            the kernel killed something in it for want of memory
 * failure.json   why the last start failed
 * ```
 * @module
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

export type ContainerStatus = 'created' | 'running' | 'exited'

export interface ContainerState {
  readonly status: ContainerStatus
  /** Of its first process, on this machine; 0 when it does not run. */
  readonly pid: number
  /** 0 until it has ended; 255 when nobody was there to see it; of a start that failed what docker has for it. */
  readonly exitCode: number
  readonly oomKilled: boolean
  /** Why the last start failed; empty when it did not. */
  readonly error: string
  /** ISO 8601; undefined when it never was. */
  readonly startedAt: string | undefined
  readonly finishedAt: string | undefined
}

/** What is written down of a start. */
export interface StartedProcess {
  readonly process: ProcessIdentity
  readonly conmon: ProcessIdentity
  /** ISO 8601 */
  readonly startedAt: string
}

/** What is written down of a start that failed. */
export interface StartFailure {
  readonly exitCode: number
  readonly message: string
}

/** What the files of a container say; undefined where there is no such file. */
export interface StateFacts {
  readonly started: StartedProcess | undefined
  readonly exit: { readonly code: number; readonly at: string } | undefined
  readonly failure: StartFailure | undefined
  readonly oomKilled: boolean
  readonly processLives: boolean
  readonly conmonLives: boolean
}

const unseenExit = 255

/** Decides from the facts alone. */
export function stateOf(facts: StateFacts): ContainerState {
  const { started, exit, failure, processLives, conmonLives } = facts
  if (started === undefined) {
    return {
      status: 'created',
      pid: 0,
      exitCode: failure?.exitCode ?? 0,
      oomKilled: false,
      error: failure?.message ?? '',
      startedAt: undefined,
      finishedAt: undefined,
    }
  }
  const known = { oomKilled: facts.oomKilled, error: '', startedAt: started.startedAt }
  if (exit !== undefined) return { status: 'exited', pid: 0, exitCode: exit.code, ...known, finishedAt: exit.at }
  // conmon is about to write down how it ended.
  if (processLives || conmonLives) {
    const { pid } = started.process
    return { status: 'running', pid: processLives ? pid : 0, exitCode: 0, ...known, finishedAt: undefined }
  }
  return { status: 'exited', pid: 0, exitCode: unseenExit, ...known, finishedAt: undefined }
}

/** @param directory of this container */
export async function readState(directory: string): Promise<ContainerState> {
  const text = textIfPresent(join(directory, 'process.json'))
  const failureText = textIfPresent(join(directory, 'failure.json'))
  const oomKilled = timeIfPresent(join(directory, 'oom'))
  const started = text === undefined ? undefined : (JSON.parse(text) as StartedProcess)
  const failure = failureText === undefined ? undefined : (JSON.parse(failureText) as StartFailure)
  // Who lives is asked before the exit file is looked for: conmon writes it and dies then.
  const processLives = started !== undefined && isAlive(started.process)
  const conmonLives = started !== undefined && isAlive(started.conmon)
  const exit = await readExit(directory)
  return stateOf({ started, exit, failure, oomKilled: oomKilled !== undefined, processLives, conmonLives })
}

/** The first process of the last start; undefined when there was none. It may have ended. */
export async function readProcess(directory: string): Promise<ProcessIdentity | undefined> {
  const text = textIfPresent(join(directory, 'process.json'))
  return text === undefined ? undefined : (JSON.parse(text) as StartedProcess).process
}

/** Undefined while nobody wrote one. */
export async function readExit(directory: string): Promise<StateFacts['exit']> {
  const path = join(directory, 'exit')
  const [text, at] = [textIfPresent(path), timeIfPresent(path)]
  return text === undefined || at === undefined || !/^\d+$/.test(text.trim()) ? undefined : { code: Number(text), at }
}

/** Written before the process runs. */
export async function writeStarted(directory: string, started: StartedProcess): Promise<void> {
  replace(join(directory, 'process.json'), started)
}

/** Written when a start has failed and nothing of it is left. */
export async function writeFailure(directory: string, failure: StartFailure): Promise<void> {
  replace(join(directory, 'failure.json'), failure)
}

function replace(path: string, value: unknown): void {
  writeFileSync(`${path}.tmp`, JSON.stringify(value))
  renameSync(`${path}.tmp`, path)
}

/** Forgets an earlier run, before the next one. */
export async function forgetRun(directory: string): Promise<void> {
  const ofConmon = ['exit', 'oom', 'attach', 'pid', 'conmon.pid', 'ctl', 'winsz']
  const names = ['process.json', 'failure.json', 'ended', 'runc.log', 'exec', ...ofConmon]
  for (const name of names) rmSync(join(directory, name), { recursive: true, force: true })
}

function textIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function timeIfPresent(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtime.toISOString()
}
