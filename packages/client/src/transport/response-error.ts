/**
 * From an answer that is no success to the error that is thrown: the specification's code where the server gave one.
 * @module
 */
import { type ErrorCode, OciError } from '@tsreg/oci'
import { parseErrors } from '@tsreg/oci/distribution'
import { ClientError } from '../errors.ts'
import { header, type RegistryResponse, requestIdOf } from './dispatch.ts'
import { redactText } from './redact.ts'

export interface ResponseContext {
  readonly operation: string
  /** The code of a 404 that says no more, for example of a HEAD. */
  readonly unknown: ErrorCode
}

/**
 * An OciError when the body or the status stands for a code of the specification, else a ClientError SERVER (5xx) or
 * PROTOCOL. The detail of an OciError has `status`, `host`, `requestId` and `attempts`.
 */
export function responseError(response: RegistryResponse, context: ResponseContext): OciError | ClientError {
  const { status, attempts } = response
  const { host } = response.url
  const parsed = parseErrors(response.bytes, status)
  const spoken = parsed.detail?.code !== undefined
  const requestId = requestIdOf(response)
  if (!spoken && !meaningful.has(status)) {
    const code = status >= 500 ? 'SERVER' : 'PROTOCOL'
    const options = { host, status, requestId, attempts }
    return new ClientError(code, `${context.operation}: status ${status}${excerpt(response)}`, options)
  }
  const code = !spoken && status === 404 ? context.unknown : parsed.code
  const facts = [`host ${host}`, requestId && `request id ${requestId}`, attempts > 1 && `${attempts} attempts`]
  return new OciError(
    code,
    redactText(`${context.operation}: ${parsed.message} (${facts.filter(Boolean).join(', ')})`),
    {
      detail: { ...parsed.detail, status, host, attempts, ...(requestId === undefined ? {} : { requestId }) },
    },
  )
}

/** Statuses that say enough without a body. */
const meaningful: ReadonlySet<number> = new Set([401, 403, 404, 405, 412, 413, 416, 429, 501, 503, 507])

function excerpt(response: RegistryResponse): string {
  const type = header(response, 'content-type') ?? 'no type'
  const text = Buffer.from(response.bytes.subarray(0, 1000)).toString().replace(/\s+/g, ' ').trim().slice(0, 120)
  return text === '' ? ' without a body' : `, a body of ${type}: ${JSON.stringify(text)}`
}
