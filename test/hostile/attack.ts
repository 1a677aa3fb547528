/**
 * What an attack is, and what it has at hand.
 * @module
 */

import type { CommandResult } from '../harness/command.ts'
import { assertThat } from '../harness/report.ts'
import type { Outside } from './outside.ts'
import type { PublishedImage } from './published.ts'

export interface Attack {
  /** What is tried, and what becomes of it: a sentence. */
  readonly title: string
  /** The advisory that it replays, or the number of the kind of weakness (CWE). */
  readonly advisory: string
  /** `file function` of the guard, the file from the root of the repository. */
  readonly guard: string
  /** `folder/name` in test/mutants of what takes the guard away. */
  readonly mutant: string
  /** True where a command runs in a container: it needs root and runc. */
  readonly runs?: boolean
  /** True for what takes many seconds: it is left out at the ci scale. */
  readonly isLong?: boolean
  /** Throws unless the attack came to nothing. That nothing outside changed or leaked is seen to by the suite. */
  attempt(scene: Scene): Promise<void>
}

export interface Scene {
  readonly outside: Outside
  /** A directory of this attack's own, the build context. */
  readonly context: string
  /** `127.0.0.1:<port>` of the registry. */
  readonly host: string
  /** A small image with a shell, by its reference. */
  readonly base: string
  /** Writes a file of the context; directories above it are made. */
  write(path: string, content: string | Uint8Array): Promise<void>
  /** Makes a symbolic link in the context. */
  link(path: string, target: string): Promise<void>
  /** The command, in the context. What it prints is searched for the secret. */
  tsreg(...words: readonly string[]): Promise<CommandResult>
  /** `tsreg build` of the context with this Dockerfile. @param dockerfile its lines */
  build(dockerfile: readonly string[], ...flags: readonly string[]): Promise<CommandResult>
  /** The files of the image that was built last: the path of each with its type and target, as tar lists them. */
  built(): Promise<ReadonlyMap<string, string>>
  /** A file of the image that was built last. */
  content(path: string): Promise<string>
  /** The uncompressed layers of the image that was built last, one behind the other. */
  layers(): Promise<Buffer>
  /** As `tsreg`, on a terminal; returns what that would show. */
  onTerminal(...words: readonly string[]): Promise<string>
  /** Puts a hostile image into the registry and returns its reference. */
  publish(image: PublishedImage): Promise<string>
}

/** The command must have failed, in a way that says so to people. */
export function assertRefused({ status, stdout, stderr }: CommandResult, message: RegExp): void {
  assertThat(status > 0 && status < 128, `it ended with ${status}\n${stdout}\n${stderr}`)
  assertThat(message.test(stderr), `it failed, but not with ${message}: ${stderr}`)
  assertThat(!/\n {4}at /.test(stderr) && !/fault of tsreg/.test(stderr), `it failed by a fault: ${stderr}`)
}

/** The command must have succeeded. */
export function assertDone({ status, stdout, stderr }: CommandResult): void {
  assertThat(status === 0, `it ended with ${status}\n${stdout}\n${stderr}`)
}

/** Either is right; a fault, a signal or a time limit is not. */
export function assertSettled(result: CommandResult): void {
  if (result.status !== 0) assertRefused(result, /./)
}

/** Nothing that was printed is an order to a terminal. */
export function assertHarmless({ stdout, stderr }: CommandResult): void {
  const printed = stdout + stderr
  assertThat(!/[^\P{Cc}\t\n]|\p{Bidi_Control}/u.test(printed), `it printed ${JSON.stringify(printed)}`)
}
