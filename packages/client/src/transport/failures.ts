/**
 * From what a socket, TLS or the HTTP parser throws to a {@link ClientError}: the code, and whether it may pass.
 * @module
 */
import type { ClientErrorCode } from '../error-codes.ts'
import { ClientError } from '../errors.ts'
import type { RegistryRequest } from './dispatch.ts'

const timeouts = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
  'ERR_STALLED',
])
const network = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  // A proxy that refuses the tunnel; what the caller aborts never gets here.
  'UND_ERR_ABORTED',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INFO',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_SOCKET',
])
// A name that does not exist and a client that was closed stay so.
const lasting = new Set(['ENOTFOUND', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'])
const tls =
  /^(CERT_|CRL_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/
const protocol = /^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_EXCEEDED_MAX_SIZE|UND_ERR_RESPONSE)/

/**
 * The failure of a request as a ClientError. What is none of the network (a defect, the source of a body, the reason of
 * a signal) comes back as it is.
 */
export function toClientError(error: unknown, request: Pick<RegistryRequest, 'operation' | 'url'>): unknown {
  if (error instanceof ClientError) return error
  const code = failureCode(error)
  const kind = classify(code, error)
  if (kind === undefined) return error
  const why = messageOf(error) || code
  return new ClientError(kind, `${request.operation}: ${phrases[kind]}: ${why}`, {
    host: request.url.host,
    transient: (kind === 'NETWORK' || kind === 'TIMEOUT') && !lasting.has(code),
    cause: error,
  })
}

const phrases: Partial<Record<ClientErrorCode, string>> = {
  NETWORK: 'the connection failed',
  PROTOCOL: 'the answer is not valid HTTP',
  TIMEOUT: 'the server did not go on in time',
  TLS: 'no secure connection',
}

function classify(code: string, error: unknown): ClientErrorCode | undefined {
  if (timeouts.has(code)) return 'TIMEOUT'
  if (network.has(code)) return 'NETWORK'
  if (tls.test(code)) return 'TLS'
  if (protocol.test(code)) return 'PROTOCOL'
  // Some of undici's parser errors have no code.
  const { name } = typeof error === 'object' && error !== null && 'name' in error ? error : { name: '' }
  return name === 'HTTPParserError' ? 'PROTOCOL' : undefined
}

/** Of an AggregateError, which has none itself, the first. */
function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  if ('message' in error && typeof error.message === 'string' && error.message !== '') return error.message
  return 'errors' in error && Array.isArray(error.errors) ? messageOf(error.errors[0]) : ''
}

/** The system's code of an error, of its causes, or of the first that an AggregateError holds (several addresses tried). */
export function failureCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth++) {
    if (!(at instanceof ClientError) && 'code' in at && typeof at.code === 'string' && at.code !== '') return at.code
    if ('errors' in at && Array.isArray(at.errors)) at = at.errors[0]
    else at = 'cause' in at ? at.cause : undefined
  }
  return ''
}
