/**
 * Settles between http and https for the registry itself. A loopback registry is first spoken to over http and, when it
 * turns out to want TLS, over https; every other one is spoken to over https, and told apart when it knows only http.
 * @module
 */
import { ClientError, isClientError } from '../errors.ts'
import { type Dispatch, discard, type Layer, type RegistryRequest, type RegistryResponse } from './dispatch.ts'
import { failureCode } from './failures.ts'

export interface PlainHttpOptions {
  /** Host and port of the registry: requests to other hosts are left alone. */
  readonly authority: string
  readonly protocol: 'http:' | 'https:'
  /** May change from http to https; set where http was our own guess. */
  readonly guessed: boolean
  /** Without authentication: what a registry speaks is found out before it is shown anything. */
  readonly probe: Dispatch
}

/** @throws ClientError TLS with advice when the server answers TLS with plain HTTP. */
export function plainHttp(options: PlainHttpOptions): Layer {
  let protocol = options.protocol
  let settled = !options.guessed
  return (next: Dispatch) => async (request) => {
    if (request.url.host !== options.authority) return next(request)
    // An address that the registry gave with the other scheme is a proxy that it does not know of.
    const response = await next(withProtocol(request, protocol)).catch(async (error: unknown) => {
      if (!settled && protocol === 'http:' && mayBeTls(error, options) && (await answersTls(options.probe, request)))
        return undefined
      throw explain(error, options.authority)
    })
    if (response !== undefined && (settled || !asksForTls(response))) {
      settled = true
      return response
    }
    if (response !== undefined && !(await answersTls(options.probe, request))) return response
    protocol = 'https:'
    settled = true
    return next(withProtocol(request, protocol))
  }
}

function withProtocol(request: RegistryRequest, protocol: 'http:' | 'https:'): RegistryRequest {
  if (request.url.protocol === protocol) return request
  const url = new URL(request.url)
  url.protocol = protocol
  return { ...request, url }
}

/** TLS servers answer a plain request with an alert or by hanging up. */
function mayBeTls(error: unknown, { authority }: PlainHttpOptions): boolean {
  if (!isClientError(error) || error.host !== authority) return false
  if (error.code === 'PROTOCOL') return true
  return error.code === 'NETWORK' && ['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE'].includes(failureCode(error))
}

function asksForTls(response: RegistryResponse): boolean {
  return response.status === 400 && /https/i.test(Buffer.from(response.bytes.subarray(0, 1024)).toString())
}

/** @throws ClientError TLS when the server does speak TLS but cannot be trusted. */
async function answersTls(probe: Dispatch, request: RegistryRequest): Promise<boolean> {
  const url = new URL('/v2/', withProtocol(request, 'https:').url)
  try {
    discard(await probe({ operation: 'try TLS', method: 'GET', url, signal: request.signal }))
    return true
  } catch (error) {
    request.signal?.throwIfAborted()
    if (isClientError(error, 'TLS') && !isPlainAnswer(error)) throw error
    return false
  }
}

function explain(error: unknown, authority: string): unknown {
  if (!isClientError(error, 'TLS') || error.host !== authority || !isPlainAnswer(error)) return error
  return new ClientError(
    'TLS',
    `${error.summary}: ${authority} answered TLS with something else, probably plain HTTP`,
    {
      host: authority,
      advice: `if ${authority} is meant to be spoken to without TLS, allow plain http for it (option plainHttp, flag --plain-http)`,
      cause: error.cause,
    },
  )
}

function isPlainAnswer(error: ClientError): boolean {
  return /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|wrong version number|packet length too long/i.test(
    `${failureCode(error)} ${error.summary}`,
  )
}
