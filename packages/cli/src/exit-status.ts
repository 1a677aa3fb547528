/**
 * Ends of the command that are no failure of a kind: the exit code of what ran in a container, and one that a verb has for
 * all of its own failures, as docker's `run` has.
 * @module
 */
import { exitCodes } from './exit-codes.ts'

/** The command is over, has said all, and ends with this code. */
export class ExitStatus extends Error {
  override readonly name = 'ExitStatus'
  readonly status: number

  constructor(status: number) {
    super(`exit status ${status}`)
    this.status = status
  }
}

/** Whoever read the output has gone away. */
export class OutputGone extends ExitStatus {
  constructor() {
    super(exitCodes.brokenPipe.code)
  }
}

/** A failure that is told as what it is and ends the command with a code that is not its own. */
export class FailedWith extends Error {
  override readonly name = 'FailedWith'
  readonly status: number

  constructor(status: number, cause: unknown) {
    super(`failed with exit status ${status}`, { cause })
    this.status = status
  }
}
