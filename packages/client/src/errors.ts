/**
 * The error for failures on the client's side: a stable code, where it happened, and whether trying again can help.
 * @module
 */
import { type ClientErrorCode, clientErrorCodes } from './error-codes.ts'
import { redactText } from './transport/redact.ts'

export interface ClientErrorOptions {
  /** HTTP status of the answer, where there was one. */
  readonly status?: number | undefined
  /** Host and port of the server that was spoken to. */
  readonly host?: string | undefined
  /** What the server calls the request in its logs. */
  readonly requestId?: string | undefined
  /**
   * How often the request was sent.
   * @default 1
   */
  readonly attempts?: number | undefined
  /**
   * True when the same request may succeed later.
   * @default false
   */
  readonly transient?: boolean | undefined
  /** Replaces the advice of the table. */
  readonly advice?: string | undefined
  readonly cause?: unknown
}

/** Branch on `code`, never on `message`. Secrets and the queries of presigned addresses are cut out of the message. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  readonly status: number | undefined
  readonly host: string | undefined
  readonly requestId: string | undefined
  readonly attempts: number
  readonly transient: boolean
  readonly advice: string
  /** The message as it was given: no host, attempts or advice added. */
  readonly summary: string

  /** @param summary names the operation, the object and both values; default: the code's message in the table. */
  constructor(code: ClientErrorCode, summary?: string, options: ClientErrorOptions = {}) {
    const clean = redactText(summary ?? clientErrorCodes[code].message)
    const advice = options.advice ?? clientErrorCodes[code].advice
    super(compose(clean, advice, options), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.summary = clean
    this.advice = advice
    this.status = options.status
    this.host = options.host
    this.requestId = options.requestId
    this.attempts = options.attempts ?? 1
    this.transient = options.transient ?? false
  }
}

/** True for a {@link ClientError}, and for one with the given code where it is named. */
export function isClientError(error: unknown, code?: ClientErrorCode): error is ClientError {
  return error instanceof ClientError && (code === undefined || error.code === code)
}

/** The same error, counted: what is thrown once trying again is given up. Never transient, so nobody tries on. */
export function exhausted(error: ClientError, attempts: number): ClientError {
  const { status, host, requestId, advice } = error
  return new ClientError(error.code, error.summary, { status, host, requestId, advice, attempts, cause: error.cause })
}

function compose(summary: string, advice: string, options: ClientErrorOptions): string {
  const facts = [
    options.host === undefined ? undefined : `host ${options.host}`,
    options.status === undefined ? undefined : `status ${options.status}`,
    options.requestId === undefined ? undefined : `request id ${redactText(options.requestId)}`,
    (options.attempts ?? 1) > 1 ? `${options.attempts} attempts` : undefined,
  ].filter((fact) => fact !== undefined)
  return `${summary}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}; ${advice}`
}
