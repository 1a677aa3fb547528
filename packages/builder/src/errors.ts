/**
 * The error for failures of a build: a stable code, the facts, the place in the Dockerfile, and what to do.
 * @module
 */
import { type BuilderErrorCode, builderErrorCodes } from './error-codes.ts'

/** Where in a Dockerfile (or an ignore file) something stands. */
export interface SourcePlace {
  /** As it was named, for example `Dockerfile`. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** The last line of the instruction; `line` where it has only one. */
  readonly endLine: number
  /** What stands there; the lines of one instruction are joined. */
  readonly text: string
}

export interface BuilderErrorOptions {
  /** Put before and behind the message, and kept as a fact. */
  readonly place?: SourcePlace | undefined
  /** The facts: the path, the name, both values. */
  readonly detail?: Readonly<Record<string, unknown>>
  /** Replaces the advice of the table. */
  readonly advice?: string | undefined
  readonly cause?: unknown
}

/** Branch on `code`, never on `message`. */
export class BuilderError extends Error {
  override readonly name = 'BuilderError'
  readonly code: BuilderErrorCode
  readonly advice: string
  readonly place: SourcePlace | undefined
  readonly detail: Readonly<Record<string, unknown>> | undefined

  /**
   * @param message names the operation, the object and both values; default: the code's message in the table. With a
   * place it becomes `Dockerfile:3: <message>, in: FRM busybox`.
   */
  constructor(code: BuilderErrorCode, message?: string, options: BuilderErrorOptions = {}) {
    const { place, cause } = options
    const text = message ?? builderErrorCodes[code].message
    super(printable(place === undefined ? text : placed(text, place)), cause === undefined ? undefined : { cause })
    this.code = code
    this.advice = options.advice ?? builderErrorCodes[code].advice
    this.place = place
    this.detail = place === undefined ? options.detail : { ...place, ...options.detail }
  }
}

/** True for a {@link BuilderError}, and for one with the given code where it is named. */
export function isBuilderError(error: unknown, code?: BuilderErrorCode): error is BuilderError {
  return error instanceof BuilderError && (code === undefined || error.code === code)
}

const textLimit = 120

function placed(message: string, { file, line, text }: SourcePlace): string {
  const shown = text.length > textLimit ? `${text.slice(0, textLimit)}...` : text
  return shown === '' ? `${file}:${line}: ${message}` : `${file}:${line}: ${message}, in: ${shown}`
}

/** A message is one line, whatever a file holds. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}]/gu, (character) => JSON.stringify(character).slice(1, -1))
}
