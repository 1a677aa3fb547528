/**
 * Follows redirects (distribution-spec main allows them for any request), and never takes a secret to another origin.
 * @module
 */
import { ClientError } from '../errors.ts'
import {
  type Dispatch,
  discard,
  header,
  type Layer,
  type RegistryRequest,
  type RegistryResponse,
  requestIdOf,
} from './dispatch.ts'
import { redactUrl } from './redact.ts'

export interface RedirectOptions {
  /**
   * Most redirects of one request.
   * @default 8
   */
  readonly maxRedirects?: number | undefined
  /**
   * Goes from https to http when told to.
   * @default false
   */
  readonly allowPlainHttp?: boolean | undefined
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * A 303 becomes a GET. Every other status keeps the method and the body: turning a POST into a GET, as browsers do
 * after 301 and 302, is never what a registry means.
 * @throws ClientError REDIRECT for a loop, too many, no usable Location, or a step from https to http.
 */
export function redirect(options: RedirectOptions = {}): Layer {
  const most = options.maxRedirects ?? 8
  return (next: Dispatch) => async (first) => {
    const seen = new Set<string>()
    let request = first
    for (;;) {
      seen.add(`${request.method} ${request.url.href}`)
      const response = await next(request)
      if (!redirects.has(response.status)) return response
      discard(response)
      const target = targetOf(request, response, options)
      request = follow(request, target, response.status)
      const path = `from ${redactUrl(first.url)} by way of ${redactUrl(target)}`
      if (seen.has(`${request.method} ${target.href}`)) throw failure(first, response, `redirect loop ${path}`)
      if (seen.size > most) throw failure(first, response, `more than ${most} redirects ${path}`)
    }
  }
}

function follow(request: RegistryRequest, target: URL, status: number): RegistryRequest {
  const sameOrigin = target.origin === request.url.origin
  const headers = sameOrigin ? request.headers : withoutSecrets(request.headers)
  if (status !== 303 || request.method === 'HEAD') return { ...request, url: target, headers }
  return { ...request, url: target, headers, method: 'GET', body: undefined }
}

function withoutSecrets(headers: RegistryRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).filter(
      ([name]) => !['authorization', 'cookie', 'proxy-authorization'].includes(name),
    ),
  )
}

function targetOf(request: RegistryRequest, response: RegistryResponse, options: RedirectOptions): URL {
  const location = header(response, 'location')
  if (location === undefined) throw failure(request, response, `status ${response.status} without a Location`)
  const target = URL.parse(location, request.url)
  if (target === null || (target.protocol !== 'https:' && target.protocol !== 'http:')) {
    throw failure(request, response, `the Location is not an http address: ${JSON.stringify(location.slice(0, 200))}`)
  }
  target.username = ''
  target.password = ''
  target.hash = ''
  if (request.redirects === 'same-origin' && target.origin !== request.url.origin) {
    throw failure(request, response, `a request with a secret was redirected to another origin, ${redactUrl(target)}`)
  }
  if (request.url.protocol === 'https:' && target.protocol === 'http:' && options.allowPlainHttp !== true) {
    throw failure(request, response, `redirected from https to plain http, ${redactUrl(target)}`)
  }
  return target
}

function failure(request: RegistryRequest, response: RegistryResponse, what: string): ClientError {
  return new ClientError('REDIRECT', `${request.operation}: ${what}`, {
    host: request.url.host,
    status: response.status,
    requestId: requestIdOf(response),
  })
}
