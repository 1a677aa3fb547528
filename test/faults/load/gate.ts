/**
 * Lets the load through while the server is up, and tells whether a lost connection is the work of a kill.
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'

export interface Gate {
  /** Resolves while open; false once the load is to end. */
  passage(): Promise<boolean>
  open(): void
  /** A kill is about to be sent. */
  close(): void
  /** Ends all loops at their next passage. */
  end(): void
  /** Whether the gate closed since `since`, a value of {@link closings}; waits a moment for a kill that is just happening. */
  closedSince(since: number): Promise<boolean>
  closings(): number
}

export function createGate(): Gate {
  let opened = Promise.withResolvers<void>()
  let ended = false
  let closings = 0
  return {
    async passage() {
      await opened.promise
      return !ended
    },
    open: () => opened.resolve(),
    close() {
      closings += 1
      opened = Promise.withResolvers()
    },
    end() {
      ended = true
      opened.resolve()
    },
    async closedSince(since) {
      for (let tries = 0; tries < 50 && closings === since; tries++) await sleep(20)
      return closings !== since
    },
    closings: () => closings,
  }
}
