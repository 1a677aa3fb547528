/**
 * One step of a script: which request it takes, and what is answered.
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { RecordedRequest } from './record.ts'

export interface ExpectedRequest {
  /** @default 'GET' */
  readonly method?: string
  /** Path with its query as it stands in the request line, or a pattern for it. */
  readonly path: string | RegExp
  /** Headers that must have these values; undefined: must be absent. Names in lower case. */
  readonly headers?: Readonly<Record<string, string | RegExp | undefined>>
}

/** A reply of status, headers and body; the further fields spoil it. */
export interface ScriptedReply {
  /** @default 200 */
  readonly status?: number
  readonly headers?: OutgoingHttpHeaders
  /** Objects other than bytes and streams are sent as JSON. `content-length` is set unless it is a stream. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | object
  /** Waits before the reply. */
  readonly delayMs?: number
  /** Breaks the connection off after so many bytes of the body; the header promises all of them. */
  readonly cutAfterBytes?: number
  /** Sends nothing more after so many bytes of the body, and keeps the connection open. */
  readonly stallAfterBytes?: number
  /** Written to the socket instead of an HTTP response; then the connection ends. */
  readonly garbage?: string | Uint8Array
  /** Breaks the connection off without a reply. */
  readonly hangUp?: boolean
}

export interface ScriptStep {
  readonly request: ExpectedRequest
  /** A function is given the request, for replies that repeat a part of it. */
  readonly response?: ScriptedReply | ((request: RecordedRequest) => ScriptedReply)
  /**
   * How many requests take this step. Infinity: any number, also none.
   * @default 1
   */
  readonly times?: number
  /** Breaks the connection off once so many bytes of the request's body have arrived. */
  readonly cutRequestAfterBytes?: number
}

/** True when the step expects this request. Bodies do not count. */
export function matches({ request: expected }: ScriptStep, request: IncomingMessage): boolean {
  const path = request.url ?? ''
  if ((expected.method ?? 'GET') !== request.method) return false
  if (!fits(expected.path, path)) return false
  return Object.entries(expected.headers ?? {}).every(([name, value]) => fitsHeader(value, request.headers, name))
}

/** For messages. */
export function describeStep({ request: { method = 'GET', path, headers } }: ScriptStep): string {
  const wanted = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${String(value)}`)
  return [`${method} ${String(path)}`, ...wanted].join(' | ')
}

function fits(expected: string | RegExp, value: string): boolean {
  return typeof expected === 'string' ? expected === value : expected.test(value)
}

function fitsHeader(expected: string | RegExp | undefined, headers: IncomingHttpHeaders, name: string): boolean {
  const value = headers[name]
  if (expected === undefined) return value === undefined
  return value !== undefined && fits(expected, String(value))
}
