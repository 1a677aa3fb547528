/**
 * The one policy for trying again, the same for every verb: what may pass is repeated with growing pauses, as long as
 * the server asks for where it says so, and all requests to a host that asked for a pause keep it.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ClientError, exhausted } from '../errors.ts'
import type { Notify } from '../notices.ts'
import { type Dispatch, discard, type Layer, type RegistryRequest, type RegistryResponse } from './dispatch.ts'
import { failureCode } from './failures.ts'
import { retryAfterMs } from './retry-after.ts'

export interface RetryPolicy {
  /**
   * How often a request is sent in all; 1 is never again.
   * @default 5
   */
  readonly attempts: number
  /**
   * First pause; each further one doubles.
   * @default 500
   */
  readonly firstDelayMs: number
  /**
   * Longest pause of our own choosing.
   * @default 20000
   */
  readonly maxDelayMs: number
  /**
   * Longest pause that a server may ask for by `Retry-After`; one that asks for more is not asked again.
   * @default 120000
   */
  readonly maxRetryAfterMs: number
  /** Pauses; replaced by tests. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  /** From 0 to 1, spreads the pauses of many clients; replaced by tests. */
  readonly random: () => number
  /** Milliseconds since 1970; replaced by tests. */
  readonly now: () => number
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 5,
  firstDelayMs: 500,
  maxDelayMs: 20_000,
  maxRetryAfterMs: 120_000,
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw error
    })
  },
  random: Math.random,
  now: Date.now,
}

const transientStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524])
/** The server says that it did nothing with the request, so that even an unrepeatable one may be sent again. */
const refusals: ReadonlySet<number> = new Set([425, 429, 503])

/** Resolves with the last answer when it is still one that may pass. @throws ClientError of the last attempt. */
export function retry(policy: RetryPolicy, backOff: HostBackOff, notify: Notify): Layer {
  return (next: Dispatch) => async (request) => {
    for (let attempt = 1; ; attempt++) {
      await backOff.wait(request.url.host, policy, request.signal)
      const outcome = await attemptOnce(next, request)
      if ('response' in outcome && !isTransientStatus(outcome.response.status)) {
        backOff.reached(request.url.host)
        return { ...outcome.response, attempts: attempt }
      }
      const pauseMs = attempt < policy.attempts ? pauseBefore(request, outcome, attempt, policy, backOff) : undefined
      if (pauseMs === undefined) return giveUp(request, outcome, attempt)
      if ('response' in outcome) {
        discard(outcome.response)
        if (refusals.has(outcome.response.status)) backOff.pause(request.url.host, policy.now() + pauseMs)
      }
      notify({
        kind: 'retry',
        operation: request.operation,
        host: request.url.host,
        attempt,
        delayMs: pauseMs,
        why: reasonOf(outcome),
      })
      await policy.sleep(pauseMs, request.signal)
    }
  }
}

/** True for answers that may be different in a while. */
export function isTransientStatus(status: number): boolean {
  return transientStatuses.has(status)
}

/** Doubles from {@link RetryPolicy.firstDelayMs}; the upper half of each pause is random. */
export function growingPauseMs(attempt: number, policy: RetryPolicy): number {
  const full = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1))
  return Math.round(full / 2 + (full / 2) * policy.random())
}

/** What all requests to one host share: until when it wants to be left alone, and whether it ever answered. */
export class HostBackOff {
  readonly #until = new Map<string, number>()
  readonly #reached = new Set<string>()

  pause(host: string, until: number): void {
    this.#until.set(host, Math.max(until, this.#until.get(host) ?? 0))
  }

  reached(host: string): void {
    this.#reached.add(host)
  }

  hasAnswered(host: string): boolean {
    return this.#reached.has(host)
  }

  async wait(host: string, policy: RetryPolicy, signal: AbortSignal | undefined): Promise<void> {
    const until = this.#until.get(host)
    if (until === undefined) return
    const ms = until - policy.now()
    if (ms > 0) await policy.sleep(ms, signal)
    if (this.#until.get(host) === until) this.#until.delete(host)
  }
}

type Outcome = { readonly response: RegistryResponse } | { readonly error: ClientError }

async function attemptOnce(next: Dispatch, request: RegistryRequest): Promise<Outcome> {
  try {
    return { response: await next(request) }
  } catch (error) {
    if (error instanceof ClientError && error.transient) return { error }
    throw error
  }
}

function pauseBefore(
  request: RegistryRequest,
  outcome: Outcome,
  attempt: number,
  policy: RetryPolicy,
  backOff: HostBackOff,
): number | undefined {
  const repeat = request.repeat ?? (request.method === 'POST' || request.method === 'PATCH' ? 'when-refused' : 'always')
  if (repeat === 'never') return undefined
  if ('error' in outcome) {
    // Nobody listens there: a registry that never answered is more likely mistyped than restarting.
    const refused = failureCode(outcome.error) === 'ECONNREFUSED'
    if (refused && !backOff.hasAnswered(request.url.host)) return undefined
    return repeat === 'always' || refused ? growingPauseMs(attempt, policy) : undefined
  }
  if (repeat !== 'always' && !refusals.has(outcome.response.status)) return undefined
  const asked = retryAfterMs(outcome.response, policy.now())
  if (asked === undefined) return growingPauseMs(attempt, policy)
  return asked > policy.maxRetryAfterMs ? undefined : asked
}

function giveUp({ repeat }: RegistryRequest, outcome: Outcome, attempts: number): RegistryResponse {
  // Who repeats by himself needs to know whether that can help.
  if ('error' in outcome) throw repeat === 'never' ? outcome.error : exhausted(outcome.error, attempts)
  return { ...outcome.response, attempts }
}

function reasonOf(outcome: Outcome): string {
  return 'error' in outcome ? outcome.error.summary : `status ${outcome.response.status}`
}
