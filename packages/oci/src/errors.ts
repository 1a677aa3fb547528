/**
 * The error every package of tsreg throws: a stable code, the facts, and the cause.
 * @module
 */
import { type ErrorCode, errorCodes } from './distribution/error-codes.ts'

/** What went wrong besides the code: both values, the digest, the offset. Never a secret. */
export type ErrorDetail = Readonly<Record<string, unknown>>

export interface OciErrorOptions {
  readonly detail?: ErrorDetail
  readonly cause?: unknown
}

/** Branch on `code`, never on `message`. The codes are the table in `distribution/error-codes.ts`. */
export class OciError extends Error {
  override readonly name: string = 'OciError'
  readonly code: ErrorCode
  readonly detail: ErrorDetail | undefined

  /** @param message names the operation, the object and both values; default: the code's message in the table. */
  constructor(code: ErrorCode, message?: string, options: OciErrorOptions = {}) {
    super(message ?? errorCodes[code].message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail
  }
}

/** True for an {@link OciError}, and for one with the given code where it is named. */
export function isOciError(error: unknown, code?: ErrorCode): error is OciError {
  return error instanceof OciError && (code === undefined || error.code === code)
}
