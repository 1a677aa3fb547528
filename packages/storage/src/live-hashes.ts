/**
 * Hash states of the uploads that this process is receiving, so that the next PATCH goes on where the last one ended
 * without reading anything back. Losing one costs a re-read, never correctness.
 * @module
 */
import type { Digester } from '@tsreg/oci'

/** Of one session, valid while the session cell says that so many bytes with that digest are kept. */
export interface LiveHash {
  readonly digester: Digester
  /** Every object the session ever wrote is named in its cell or was deleted: nothing to search for at the end. */
  readonly tidy: boolean
}

export interface LiveHashes {
  keep(id: string, state: LiveHash): void
  /** Takes the state out. */
  take(id: string): LiveHash | undefined
}

export function liveHashes(limit = 1000): LiveHashes {
  const states = new Map<string, LiveHash>()
  return {
    keep(id, state) {
      states.delete(id)
      states.set(id, state)
      const [oldest] = states.keys()
      if (states.size > limit && oldest !== undefined) states.delete(oldest)
    },
    take(id) {
      const state = states.get(id)
      states.delete(id)
      return state
    },
  }
}
