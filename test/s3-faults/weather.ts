/**
 * What the way to the store does to requests: each kind of fault, and how often it strikes.
 * @module
 */

import type { Random } from '../harness/random.ts'

/**
 * What becomes of one request. `reset`: its connection is reset and nothing has happened. `lost-reply`: it has happened, and
 * the reply is lost with the connection. `error`: an answer of the server's that nothing was done. `error-after`: the
 * same answer, but it was done. `truncated`: the reply ends in its middle. `stale`: it is served, and its connection, which
 * was to be kept, is closed when the next request is on its way. `hang`: nothing ever comes back.
 */
export type Fault =
  | { readonly kind: 'none' | 'reset' | 'lost-reply' | 'truncated' | 'stale' | 'hang' }
  | { readonly kind: 'latency'; readonly delayMs: number }
  | { readonly kind: 'error' | 'error-after'; readonly status: 500 | 503; readonly code: string }

export type FaultKind = Fault['kind']

export interface Weather {
  readonly name: string
  /** What becomes of the next request. */
  next(): Fault
}

const none: Fault = { kind: 'none' }

export const clear: Weather = { name: 'clear', next: () => none }
/** Connections are taken, and nothing is ever answered: a network that swallows packets. */
export const silence: Weather = { name: 'silence', next: () => ({ kind: 'hang' }) }

/** Every single kind, so that what fails tells why, and all of them at once. */
export function allWeathers(random: Random): readonly Weather[] {
  const sometimes = (name: string, probability: number, fault: () => Fault): Weather => ({
    name,
    next: () => (random.chance(probability) ? fault() : none),
  })
  const singles = [
    sometimes('latency', 1, () => ({ kind: 'latency', delayMs: random.integer(10, 150) })),
    sometimes('resets', 0.15, () => ({ kind: 'reset' })),
    sometimes('500', 0.15, () => ({ kind: 'error', status: 500, code: 'InternalError' })),
    sometimes('500 of what was done', 0.1, () => ({ kind: 'error-after', status: 500, code: 'InternalError' })),
    sometimes('503', 0.25, () => ({ kind: 'error', status: 503, code: 'SlowDown' })),
    sometimes('truncated bodies', 0.2, () => ({ kind: 'truncated' })),
    sometimes('stale connections', 0.3, () => ({ kind: 'stale' })),
    sometimes('lost replies', 0.15, () => ({ kind: 'lost-reply' })),
  ]
  return [...singles, { name: 'all at once', next: () => (random.chance(0.4) ? random.pick(singles).next() : none) }]
}
