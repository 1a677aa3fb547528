/**
 * One thing that is done with containers.
 * @module
 */

import type { CommandOptions, CommandResult } from '../harness/command.ts'
import type { Engine } from './engine.ts'
import type { Program, ProgramOptions } from './program.ts'
import type { Terminal } from './terminal.ts'

export interface RunCase {
  /** A sentence of behaviour. */
  readonly title: string
  /** Why docker does otherwise, where the case is not put to it. */
  readonly notDocker?: string
  /** Throws unless it behaves so. Containers that it leaves are removed behind it. */
  readonly check: (scene: Scene) => Promise<unknown>
}

/** Where a case plays. */
export interface Scene {
  readonly engine: Engine['name']
  /** Where tsreg keeps everything. @throws Error of another engine */
  readonly home: string
  /** Fresh and empty, of this case alone. */
  readonly directory: string
  /** What is typed after the program's name, whatever comes of it. */
  type(words: readonly string[], options?: CommandOptions): Promise<CommandResult>
  /** As `type`, for what must succeed and say nothing on standard error. @returns standard output */
  say(...words: readonly string[]): Promise<string>
  /** As `type`, for what is spoken with while it runs. */
  start(words: readonly string[], options?: StartOptions): Program
  /** As `start`, at a terminal of its own. */
  atTerminal(...words: readonly string[]): Promise<Terminal>
  /** Asks until it holds, however busy the machine is. @throws Error when it does not for two minutes */
  until(what: string, holds: () => Promise<boolean>): Promise<void>
  /** As `type`, for what must fail with this status and these words. @returns standard error */
  fail(expected: Failure, ...words: readonly string[]): Promise<string>
}

export interface StartOptions extends Pick<ProgramOptions, 'isRead'> {
  /** Runs the program, whose path and words are added to it. */
  readonly through?: readonly string[]
}

export interface Failure {
  readonly status: number
  /** Stands in standard error. */
  readonly says: string | RegExp
  /** docker's own status, where its failures have no codes of their own. @default that of `status` */
  readonly dockerStatus?: number
}
