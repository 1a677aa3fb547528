/**
 * The JSON body of failed requests (distribution-spec main, "Error Codes"), written and read.
 * @module
 */
import { OciError } from '../errors.ts'
import { type ErrorCode, errorCodes } from './error-codes.ts'

/** `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"...","detail":{...}}]}` */
export interface ErrorsBody {
  readonly errors: readonly { readonly code: string; readonly message: string; readonly detail?: unknown }[]
}

/** The body of one error. Its cause stays here. */
export function formatErrors(error: OciError): ErrorsBody {
  const { code, message, detail } = error
  return { errors: [detail === undefined ? { code, message } : { code, message, detail }] }
}

/**
 * The error that a registry answered with. A body that is not the specification's (a proxy's page, nothing) gives the
 * code that the status stands for; a code that is not in the table gives that one too, and the detail keeps its name.
 * @param body bytes or text, of which the caller has limited the length.
 * @param status of the response.
 */
export function parseErrors(body: Uint8Array | string, status: number): OciError {
  const errors = readErrors(typeof body === 'string' ? body : new TextDecoder().decode(body))
  const [first] = errors
  if (first === undefined) {
    return new OciError(codeOfStatus(status), `the registry answered ${status}`, { detail: { status } })
  }
  const known = Object.hasOwn(errorCodes, first.code) ? (first.code as ErrorCode) : codeOfStatus(status)
  const messages = errors.map(({ code, message }) => `${code}: ${message}`).join('; ')
  return new OciError(known, `the registry answered ${status} ${messages}`, {
    detail: { status, code: first.code, ...(first.detail === undefined ? {} : { detail: first.detail }) },
  })
}

/** The code that a status stands for where a body tells none. */
export function codeOfStatus(status: number): ErrorCode {
  return byStatus.get(status) ?? (status >= 500 && status !== 501 ? 'UNAVAILABLE' : 'UNKNOWN')
}

const byStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'UNAUTHORIZED'],
  [403, 'DENIED'],
  [404, 'NAME_UNKNOWN'],
  [405, 'UNSUPPORTED'],
  [412, 'PRECONDITION_FAILED'],
  [413, 'MANIFEST_TOO_LARGE'],
  [416, 'RANGE_INVALID'],
  [429, 'TOOMANYREQUESTS'],
  [501, 'UNSUPPORTED'],
  [507, 'STORAGE_FULL'],
])

interface ReadError {
  readonly code: string
  readonly message: string
  readonly detail: unknown
}

const maxErrors = 10
const maxText = 500

function readErrors(text: string): readonly ReadError[] {
  const body = parseJson(text)
  const list = isObject(body) && Array.isArray(body.errors) ? body.errors : []
  return list.slice(0, maxErrors).flatMap((item) => {
    if (!isObject(item) || typeof item.code !== 'string') return []
    const message = typeof item.message === 'string' ? item.message : ''
    return [{ code: printable(item.code), message: printable(message), detail: item.detail ?? undefined }]
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// A registry's words end up on a terminal.
function printable(text: string): string {
  return text.slice(0, maxText).replaceAll(/\p{Cc}+/gu, ' ')
}
