/**
 * A client for tests: it knows no credentials but those given, pauses without waiting, and remembers what it told.
 * @module
 */
import { staticCredentials } from '../credentials/credential.ts'
import type { Notice } from '../notices.ts'
import { openRegistry, type RegistryOptions, type RemoteRegistry } from '../registry.ts'

export interface Scripted extends AsyncDisposable {
  readonly registry: RemoteRegistry
  readonly notices: readonly Notice[]
  /** Milliseconds of each pause that was not waited for. */
  readonly pauses: readonly number[]
}

/** @param host of a scripted server. */
export function openScripted(host: string, options: RegistryOptions = {}): Scripted {
  const notices: Notice[] = []
  const pauses: number[] = []
  const registry = openRegistry(host, {
    credentials: staticCredentials(undefined),
    onNotice: (notice) => notices.push(notice),
    ...options,
    retry: {
      sleep: async (ms, signal) => {
        signal?.throwIfAborted()
        pauses.push(ms)
        await new Promise((resolve) => setImmediate(resolve))
      },
      random: () => 1,
      ...options.retry,
    },
  })
  return { registry, notices, pauses, [Symbol.asyncDispose]: () => registry.close() }
}
