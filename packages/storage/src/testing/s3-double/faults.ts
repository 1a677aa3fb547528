/**
 * What can go wrong with a request, and which requests it goes wrong with.
 * @module
 */
import type { S3Operation } from './call.ts'
import type { S3Request } from './request-log.ts'

/** What becomes of one request; several fields together happen in this order. */
export interface S3Fault {
  /** Waits for it before anything else: a gate a test opens. */
  readonly waitFor?: Promise<unknown>
  /** Milliseconds to wait before anything else. */
  readonly delayMs?: number
  /** `before`: the connection is reset and nothing happens. `after`: it happens, and the reply is lost with the connection. */
  readonly reset?: 'before' | 'after'
  /** Answers so and does nothing. */
  readonly answer?: { readonly status: number; readonly code: string; readonly headers?: Record<string, string> }
  /** Does it twice, as for a request that the network delivered twice; the second reply is sent. */
  readonly twice?: boolean
  /** Ends the connection after so many bytes of the reply's body, whose header promised more. */
  readonly truncateAt?: number
  /** Ends the connection once the reply is out, which said that it would be kept: a stale keep-alive connection. */
  readonly closeAfter?: boolean
}

export const internalError: S3Fault = { answer: { status: 500, code: 'InternalError' } }
export const slowDown: S3Fault = { answer: { status: 503, code: 'SlowDown' } }
export const tooManyRequests: S3Fault = { answer: { status: 429, code: 'TooManyRequests' } }
/** AWS's answer to a condition whose race it did not decide. */
export const conditionalConflict: S3Fault = { answer: { status: 409, code: 'ConditionalRequestConflict' } }
export const lostRequest: S3Fault = { reset: 'before' }
export const lostReply: S3Fault = { reset: 'after' }

/** An operation, `*`, or a test of the request. */
export type S3Match = S3Operation | '*' | ((request: S3Request) => boolean)

export interface S3Faults {
  /** The next `times` requests that match meet the fault; where several match, the first given. */
  add(match: S3Match, fault: S3Fault, times?: number): Breakage
  next(request: S3Request): S3Fault
  clear(): void
}

export interface Breakage {
  /** Resolves when the first request met the fault. */
  readonly met: Promise<void>
  /** How many requests have met it. */
  count(): number
  /** No further request meets it. */
  end(): void
}

export function createFaults(): S3Faults {
  let active: { matches(request: S3Request): boolean; meet(): S3Fault; left(): number }[] = []
  return {
    add(match, fault, times = 1) {
      const { promise: met, resolve } = Promise.withResolvers<void>()
      let left = times
      let count = 0
      active.push({
        matches: (request) => left > 0 && matches(match, request),
        left: () => left,
        meet() {
          left -= 1
          count += 1
          resolve()
          return fault
        },
      })
      return {
        met,
        count: () => count,
        end() {
          left = 0
        },
      }
    },
    next(request) {
      const fault = active.find((candidate) => candidate.matches(request))?.meet()
      active = active.filter(({ left }) => left() > 0)
      return fault ?? {}
    },
    clear() {
      active = []
    },
  }
}

function matches(match: S3Match, request: S3Request): boolean {
  if (typeof match === 'function') return match(request)
  return match === '*' || match === request.operation
}
