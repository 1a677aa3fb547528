/**
 * The error for failures with containers: a stable code, the facts, and what to do.
 * @module
 */
import { type RuntimeErrorCode, runtimeErrorCodes } from './error-codes.ts'

export interface RuntimeErrorOptions {
  /** The facts: the container, the path, both values. */
  readonly detail?: Readonly<Record<string, unknown>>
  /** Replaces the advice of the table. */
  readonly advice?: string | undefined
  readonly cause?: unknown
}

/** Branch on `code`, never on `message`. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError'
  readonly code: RuntimeErrorCode
  readonly advice: string
  readonly detail: Readonly<Record<string, unknown>> | undefined

  /** @param message names the operation, the object and both values; default: the code's message in the table. */
  constructor(code: RuntimeErrorCode, message?: string, options: RuntimeErrorOptions = {}) {
    super(
      message ?? runtimeErrorCodes[code].message,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.advice = options.advice ?? runtimeErrorCodes[code].advice
    this.detail = options.detail
  }
}

/** True for an {@link RuntimeError}, and for one with the given code where it is named. */
export function isRuntimeError(error: unknown, code?: RuntimeErrorCode): error is RuntimeError {
  return error instanceof RuntimeError && (code === undefined || error.code === code)
}
