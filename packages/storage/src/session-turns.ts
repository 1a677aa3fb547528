/**
 * One process changes one upload session one request at a time. Between replicas the protocol alone decides; here, order
 * saves the loser's work, and keeps it from writing over parts that the winner recorded.
 * @module
 */
import { setTimeout } from 'node:timers/promises'
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'

export interface Turn extends Disposable {
  /** True when somebody else had the turn before: what was read of the session before is old. */
  readonly waited: boolean
  /** Aborted when a newer request wants the session: a client that lost its connection comes back on another one. */
  readonly superseded: AbortSignal
}

export interface SessionTurns {
  /** Resolves when it is this request's turn; the request before it is asked to stop taking bytes. Dispose to end it. */
  take(id: string): Promise<Turn>
  isTaken(id: string): boolean
  /**
   * Resolves when nobody has a turn, and asks nobody to stop: at once, when the last one ends, or after `patienceMs`,
   * whatever comes first. False when there was nothing to wait for.
   */
  quiet(id: string, options: QuietOptions): Promise<boolean>
}

export interface QuietOptions extends OperationOptions {
  readonly patienceMs: number
}

interface Place {
  readonly controller: AbortController
  readonly done: Promise<void>
}

export function sessionTurns(): SessionTurns {
  const last = new Map<string, Place>()
  return {
    isTaken: (id) => last.has(id),

    async quiet(id, { patienceMs, signal }) {
      const under = last.get(id)
      if (under === undefined) return false
      const over = new AbortController()
      const limit = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal])
      const patience = setTimeout(patienceMs, undefined, { signal: limit }).catch(() => signal?.throwIfAborted())
      await Promise.race([under.done, patience])
      over.abort()
      return true
    },

    async take(id) {
      const before = last.get(id)
      const controller = new AbortController()
      const { promise: done, resolve: end } = Promise.withResolvers<void>()
      const place = { controller, done }
      last.set(id, place)
      before?.controller.abort(superseded(id))
      await before?.done
      return {
        waited: before !== undefined,
        superseded: controller.signal,
        [Symbol.dispose]() {
          if (last.get(id) === place) last.delete(id)
          end()
        },
      }
    },
  }
}

function superseded(id: string): OciError {
  return new OciError('RANGE_INVALID', `upload ${id}: a newer request continues it; ask for its status`, {
    detail: { upload: id },
  })
}
