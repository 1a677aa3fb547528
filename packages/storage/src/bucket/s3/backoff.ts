/**
 * How often a request to S3 is tried, and how long it waits in between.
 * @module
 */
import type { Failure } from './failures.ts'

export interface Attempt {
  /** Requests made so far, at least 1. */
  readonly made: number
  /** Milliseconds since the first one. */
  readonly elapsedMs: number
  readonly failure: Failure
  /** From 0 to 1; spreads those who failed together. */
  readonly random: number
}

const maxAttempts = 6
/** A store that is too busy is given longer, and the client waits: it would only come back at once. */
const throttledPatienceMs = 60_000
const maxDelayMs = 2000
const maxThrottledDelayMs = 5000

/** Milliseconds to wait before the next try; undefined: give up. */
export function delayBefore({ made, elapsedMs, failure, random }: Attempt): number | undefined {
  switch (failure) {
    case 'throttled':
      if (elapsedMs >= throttledPatienceMs) return undefined
      return spread(Math.min(100 * 2 ** made, maxThrottledDelayMs), random)
    case 'unknown':
    case 'conflict':
      if (made >= maxAttempts) return undefined
      // A connection that the server had closed while it was idle is the usual reason: the next one is fresh.
      return made === 1 ? 0 : spread(Math.min(25 * 2 ** made, maxDelayMs), random)
    default:
      return undefined
  }
}

function spread(delayMs: number, random: number): number {
  return delayMs / 2 + (delayMs / 2) * random
}
