/**
 * What a build step gives to be run, and what it gets back.
 * @module
 */
import type { Writable } from 'node:stream'
import type { Snapshot } from '@tsreg/image/snapshot'
import type { Network } from '../bundle/network.ts'

/** The command of a step. Shell form is the caller's: `args` are what is executed. */
export interface StepProcess {
  /** The program and its arguments. A program without a slash is looked for along `PATH` of `env`. */
  readonly args: readonly string[]
  /** `NAME=value`, whole: nothing is inherited. `PATH` and `HOME` are added where they are missing. */
  readonly env: readonly string[]
  /** Absolute; made when it is not there. @default '/' */
  readonly cwd?: string | undefined
  /** `user`, `uid`, `user:group` or any mixture, names looked up in the step's own root file system. @default root */
  readonly user?: string | undefined
}

/** Something else to be seen in the step's root file system. */
export interface StepMount {
  /** Absolute path of a file or directory of this machine; undefined: an empty file system in memory. */
  readonly source?: string | undefined
  /** Absolute, in the root file system. Links in it lead nowhere else. Made when it is not there. */
  readonly destination: string
  /** @default false */
  readonly readOnly?: boolean | undefined
}

export interface StepOptions {
  /** Where the runtime keeps its state: `$TSREG_HOME/containers`. Nothing of a step stays there when it has ended. */
  readonly directory: string
  /** The writable layer that the step changes; its key is the ID of the step's container. */
  readonly snapshot: Snapshot
  readonly process: StepProcess
  /** @default the first twelve digits of the snapshot's key */
  readonly hostname?: string | undefined
  /** @default 'host' */
  readonly network?: Network | undefined
  readonly mounts?: readonly StepMount[] | undefined
  /** Gets what the command says, with back-pressure; neither is ended. */
  readonly stdout: Writable
  readonly stderr: Writable
  /** Kills everything that the step started. */
  readonly signal?: AbortSignal | undefined
}

export interface StepResult {
  /** As the command ended: its status, or 128 and the number of the signal that ended it. */
  readonly exitCode: number
}

/**
 * Runs a command in the root file system of a snapshot, and returns when it and everything it started has ended. The
 * kernel ends them as well when this process dies, however it dies: they live in a process ID namespace whose first
 * process follows it. Mounts are made in a mount namespace of the step's own. Standard input is empty.
 *
 * @throws RuntimeError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, USER_UNKNOWN, RUNTIME_MISSING, RUNTIME_FAILED; the
 * reason of `signal` when it is aborted
 */
export type RunStep = (options: StepOptions) => Promise<StepResult>
