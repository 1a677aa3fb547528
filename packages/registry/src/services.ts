/**
 * What the handlers of one running registry have in common.
 * @module
 */
import type { RegistryStorage, Repository } from '@tsreg/storage'
import type { AccessController } from './access/index.ts'
import type { RegistryConfig } from './config/index.ts'
import type { Exchange } from './exchange.ts'
import type { Log } from './log/log.ts'
import type { Metrics } from './metrics/metrics.ts'

export interface Services {
  readonly config: RegistryConfig
  readonly storage: RegistryStorage
  readonly access: AccessController
  readonly log: Log
  readonly metrics: Metrics
  /** Requests that have not been answered yet. */
  readonly inFlight: Set<Exchange>
  /** From the beginning of the shutdown on. */
  draining: boolean
  /** Like `storage.repository`, remembering the last ones. @throws NAME_INVALID */
  repository(name: string): Repository
}

/** Remembers up to `limit` repositories, so that a busy one is not put together again for every request. */
export function rememberRepositories(storage: RegistryStorage, limit = 1000): (name: string) => Repository {
  const known = new Map<string, Repository>()
  return (name) => {
    const same = known.get(name)
    if (same !== undefined) return same
    const repository = storage.repository(name)
    if (known.size >= limit) known.clear()
    known.set(name, repository)
    return repository
  }
}
