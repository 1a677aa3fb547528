/**
 * The error for failures with local images: a stable code, the facts, and what to do.
 * @module
 */
import { type ImageErrorCode, imageErrorCodes } from './error-codes.ts'

export interface ImageErrorOptions {
  /** The facts: the directory or file, the reference, both values. */
  readonly detail?: Readonly<Record<string, unknown>>
  /** Replaces the advice of the table. */
  readonly advice?: string | undefined
  readonly cause?: unknown
}

/** Branch on `code`, never on `message`. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly code: ImageErrorCode
  readonly advice: string
  readonly detail: Readonly<Record<string, unknown>> | undefined

  /** @param message names the operation, the object and both values; default: the code's message in the table. */
  constructor(code: ImageErrorCode, message?: string, options: ImageErrorOptions = {}) {
    super(message ?? imageErrorCodes[code].message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.advice = options.advice ?? imageErrorCodes[code].advice
    this.detail = options.detail
  }
}

/** True for an {@link ImageError}, and for one with the given code where it is named. */
export function isImageError(error: unknown, code?: ImageErrorCode): error is ImageError {
  return error instanceof ImageError && (code === undefined || error.code === code)
}
