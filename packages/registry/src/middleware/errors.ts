/**
 * The one place where an error becomes a response: the status of its code, the specification's JSON, the request id.
 * @module
 */
import { OciError } from '@tsreg/oci'
import { errorCodes, formatErrors } from '@tsreg/oci/distribution'
import type { Exchange } from '../exchange.ts'
import { sendJson } from '../reply.ts'

/** Seconds that a client is asked to wait after 429 and 503. */
const retryAfterSeconds = '5'

/**
 * Answers with the error, whatever was thrown. When the response has begun already, the connection is broken off: a
 * client must never take half a body for the whole.
 */
export function fail(exchange: Exchange, thrown: unknown): void {
  const { request, response } = exchange
  const error = toOciError(exchange, thrown)
  exchange.errorCode = error.code
  report(exchange, error, thrown)
  if (response.headersSent || response.destroyed || request.socket.destroyed) {
    response.destroy()
    return
  }
  const { status } = errorCodes[error.code]
  const headers = [...(exchange.errorHeaders ?? [])]
  if (status === 429 || status === 503) headers.push('Retry-After', retryAfterSeconds)
  const [first] = formatErrors(error).errors
  const detail = { ...error.detail, requestId: exchange.id }
  sendJson(exchange, status, headers, { errors: [{ ...first, detail }] })
}

function toOciError({ request, response }: Exchange, thrown: unknown): OciError {
  if (thrown instanceof OciError) return thrown
  if (response.closed || request.readableAborted || isConnectionLoss(thrown)) {
    return new OciError('ABORTED', undefined, { cause: thrown })
  }
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT') return new OciError('STORAGE_FULL', undefined, { cause: thrown })
  return new OciError('UNKNOWN', 'the registry failed; its log tells why, under the request id', { cause: thrown })
}

function isConnectionLoss(thrown: unknown): boolean {
  const { name, code } = (thrown ?? {}) as NodeJS.ErrnoException
  return name === 'AbortError' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE'
}

/**
 * Faults of the registry go into the log with their cause. Those of the request are in its access line by their code
 * alone: their message repeats what the client sent.
 */
function report(exchange: Exchange, error: OciError, thrown: unknown): void {
  const { logger } = exchange.services.log
  const facts = { requestId: exchange.id, path: exchange.path, code: error.code }
  if (error.code === 'CONTENT_CORRUPT') {
    exchange.services.metrics.contentCorrupt += 1
    logger.error({ ...facts, detail: error.detail }, error.message)
  } else if (error.code === 'UNKNOWN') logger.error({ ...facts, err: thrown }, 'request failed')
  else if (errorCodes[error.code].status >= 500) {
    logger.warn({ ...facts, detail: error.detail, err: error.cause }, error.message)
  }
}
