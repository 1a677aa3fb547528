/**
 * A command with docker's verbs for containers, on a storage of its own that holds the image `busybox`.
 * @module
 */

import type { CommandOptions, CommandResult } from '../harness/command.ts'

export interface Engine {
  readonly name: 'docker' | 'tsreg'
  readonly version: string
  /** Where tsreg keeps everything. */
  readonly home?: string
  /** Runs the program with these words, whatever comes of it. */
  attempt(words: readonly string[], options?: CommandOptions): Promise<CommandResult>
  /** What is started to run the program, and with which environment, for what is spoken with while it runs. */
  readonly program: string
  readonly env: NodeJS.ProcessEnv
  close(): Promise<void>
}
