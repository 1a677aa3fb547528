/**
 * How a failure is told to the person who typed the command: one message, where possible one line of advice, an exit
 * code. Never a stack trace.
 * @module
 */
import { isOciError } from '@tsreg/oci'
import { type CliErrorCode, exitCodeOf, exitCodes } from './exit-codes.ts'
import { FailedWith } from './exit-status.ts'
import { Interruption } from './invocation.ts'
import { printable } from './output/printable.ts'
import { type SystemErrorRow, systemErrorRow } from './system-errors.ts'

export interface CliErrorOptions {
  /** What to do about it: a full sentence. */
  readonly advice?: string | undefined
  readonly detail?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** An error that the command itself finds. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode
  readonly advice: string | undefined
  readonly detail: Readonly<Record<string, unknown>> | undefined

  constructor(code: CliErrorCode, message: string, options: CliErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.advice = options.advice
    this.detail = options.detail
  }
}

/** A failure ready to be printed; as JSON it is `{"error": {code, message, advice?, detail?}}`. */
export interface ErrorReport {
  readonly code: string
  readonly message: string
  readonly advice?: string
  readonly detail?: Readonly<Record<string, unknown>>
  readonly exitCode: number
}

/** Says what a failure means to the user. Anything unknown becomes `INTERNAL` with its bare message. */
export function reportOf(failure: unknown): ErrorReport {
  // What went wrong first counts; that the clean-up failed as well follows from it.
  const error = failure instanceof SuppressedError ? failure.suppressed : failure
  if (error instanceof FailedWith) return { ...reportOf(error.cause), exitCode: error.status }
  if (error instanceof Interruption) return interruption(error)
  const coded = withCode(error)
  if (coded === undefined) return report('INTERNAL', messageOf(error), adviceOnInternal, undefined)
  const interrupted = causeOf(error, (cause) => cause instanceof Interruption)
  if (interrupted instanceof Interruption) return interruption(interrupted)
  const system = systemErrorRow(coded.code)
  if (system !== undefined) return systemReport(coded, system)
  const told = behindCopy(coded)
  const { message, advice } = separate(told)
  const whole = report(told.code, message, betterAdvice(told) ?? advice ?? adviceOn(told), told.detail)
  return { ...whole, exitCode: ownExitCode(told) ?? whole.exitCode }
}

/**
 * A copy says which side failed on what. Where that is all it knows (the code is another family's), or where it failed
 * before there was a what, its cause says more.
 */
function behindCopy(error: CodedError): CodedError {
  const { cause, descriptor } = error as { cause?: unknown; descriptor?: unknown }
  const isCopy = (error as { name?: unknown }).name === 'CopyError'
  if (!isCopy || (error.code !== 'UNKNOWN' && descriptor !== undefined)) return error
  return withCode(cause) ?? error
}

/** A build ends with the status of the command that failed in it. */
function ownExitCode({ code, detail }: CodedError): number | undefined {
  const status = code === 'COMMAND_FAILED' ? detail?.exitCode : undefined
  return typeof status === 'number' && status > 0 && status < 256 ? status : undefined
}

/** What an error of the network cannot know: what was being reached, and with which flags. */
function betterAdvice(error: CodedError): string | undefined {
  const code = systemCodeOf(error)
  if (code === 'ECONNREFUSED') return 'Nothing listens there. Is the registry running? "tsreg serve" starts one.'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return error.message.includes('docker.io')
      ? 'A name without a registry goes to docker.io; TSREG_REGISTRY=HOST:PORT names another one for them.'
      : 'Check the name of the registry, and the network.'
  }
  const isCertificate = error.code === 'TLS' && /certificate/i.test(error.message)
  return isCertificate
    ? 'Trust its authority with NODE_EXTRA_CA_CERTS=FILE, or take any certificate with --insecure.'
    : undefined
}

/** The code of the innermost cause that has one. */
function systemCodeOf(error: unknown): string | undefined {
  let innermost: string | undefined
  causeOf(error, (cause) => {
    const { code } = cause as { code?: unknown }
    if (typeof code === 'string') innermost = code
    return false
  })
  return innermost
}

/** The client's errors carry their advice in the message as well; here it gets a line of its own. */
function separate({ message, advice }: CodedError): { message: string; advice: string | undefined } {
  if (advice === undefined || !message.endsWith(`; ${advice}`)) return { message, advice }
  return { message: message.slice(0, -advice.length - 2), advice }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`
}

interface CodedError {
  readonly code: string
  readonly message: string
  readonly advice?: string | undefined
  readonly detail?: Readonly<Record<string, unknown>> | undefined
}

/** The error, or the nearest of its causes, that carries a code; Node's own wrappers carry less than their cause. */
function withCode(error: unknown): CodedError | undefined {
  const found = causeOf(error, (cause) => typeof (cause as { code?: unknown }).code === 'string')
  return found as CodedError | undefined
}

function causeOf(error: unknown, wanted: (cause: object) => boolean): object | undefined {
  let cause = error
  for (let depth = 0; depth < 10 && typeof cause === 'object' && cause !== null; depth += 1) {
    if (wanted(cause)) return cause
    cause = (cause as { cause?: unknown }).cause
  }
  return undefined
}

function report(
  code: string,
  message: string,
  advice: string | undefined,
  detail: Readonly<Record<string, unknown>> | undefined,
): ErrorReport {
  return {
    code,
    message: printable(message),
    ...(advice === undefined ? {} : { advice: printable(sentence(advice)) }),
    ...(detail === undefined ? {} : { detail }),
    exitCode: exitCodeOf(code),
  }
}

function systemReport(error: CodedError, row: SystemErrorRow): ErrorReport {
  const { path } = error as { path?: unknown }
  const object = typeof path === 'string' ? `${path}: ` : ''
  const base = report(error.code, `${object}${row.message}`, row.advice, undefined)
  return { ...base, exitCode: exitCodes[row.exit].code }
}

function interruption(error: Interruption): ErrorReport {
  const exit = error.signalName === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
  return { code: 'ABORTED', message: error.message, exitCode: exit.code }
}

const adviceOnInternal = 'This is a fault of tsreg; please report it with the command that you typed.'

function adviceOn(error: CodedError): string | undefined {
  if (!isOciError(error)) return undefined
  switch (error.code) {
    case 'UNAUTHORIZED':
      return 'Log in first: "tsreg login REGISTRY".'
    case 'NAME_INVALID':
    case 'TAG_INVALID':
      return 'A reference is [REGISTRY/]REPOSITORY[:TAG][@DIGEST], for example localhost:5000/debian:13.'
    case 'STORAGE_FULL':
      return 'Free some space and run the command again; what was transferred completely is kept.'
    default:
      return undefined
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error)
}
