/**
 * One request and its response, with what the registry knows about them: from the first byte of the request's headers
 * until the response has left or the connection has.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { matchRoute, type Route } from '@tsreg/oci/distribution'
import type { Credentials } from './access/index.ts'
import type { LargeBody } from './middleware/large-body.ts'
import { requestId } from './request-id.ts'
import { originForm } from './request-target.ts'
import type { Services } from './services.ts'

/** What metrics and logs call an exchange: the kind of its route, or a page beside `/v2`. */
export type RouteName = Route['kind'] | 'front' | 'livez' | 'readyz' | 'metrics' | 'none'

export class Exchange {
  readonly services: Services
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Unique in this process and, but for what the client chose itself, everywhere. */
  readonly id: string
  /** By `performance.now()`. */
  readonly startedMs: number
  /** Of the URL, without the query. */
  readonly path: string
  /** What follows the `?`; empty when there is none. */
  readonly search: string
  readonly route: Route | undefined
  /** The client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean
  routeName: RouteName
  /** Set by the authorization; a mount asks a second time with them. */
  credentials: Credentials | undefined
  user: string | undefined
  /** Of the error that was answered, or that cut the exchange off. */
  errorCode: string | undefined
  /** Headers that an error response of this exchange carries besides the usual ones, as name, value, name, value. */
  errorHeaders: readonly string[] | undefined
  /** The body was asked for, by {@link openBody}. */
  bodyOpened = false
  /** The body, where it is read beside Node's parser; `request` does not see its end then. */
  largeBody: LargeBody | undefined
  /** Bytes of the response's body, as announced. */
  responseBytes = 0
  #abort: AbortController | undefined
  #query: URLSearchParams | undefined

  constructor(services: Services, request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) {
    const url = originForm(request.url ?? '/')
    const question = url.indexOf('?')
    this.services = services
    this.request = request
    this.response = response
    this.id = requestId(request.headers['x-request-id'])
    this.startedMs = performance.now()
    this.path = question === -1 ? url : url.slice(0, question)
    this.search = question === -1 ? '' : url.slice(question + 1)
    this.route = matchRoute(this.path)
    this.routeName = this.route?.kind ?? 'none'
    this.expectsContinue = expectsContinue
    this.credentials = undefined
    this.user = undefined
    this.errorCode = undefined
    this.errorHeaders = undefined
    this.largeBody = undefined
  }

  /** Parsed when first asked for; most requests have none. */
  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.search)
    return this.#query
  }

  get isHead(): boolean {
    return this.request.method === 'HEAD'
  }

  /** Aborts when the connection is lost before the response has left. Made when first asked for: only long work needs it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController()
      this.#abort = abort
      if (this.response.closed) abort.abort()
      else this.response.once('close', () => abort.abort())
    }
    return this.#abort.signal
  }
}
