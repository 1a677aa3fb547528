/**
 * The janitor: upload sessions that nobody went on with are discarded, with their bytes.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { StorageContext } from './context.ts'
import { sessionPrefix } from './paths.ts'
import type { RegistryStorage } from './repository.ts'
import { type Rounds, startRounds } from './rounds.ts'
import { applyRuleX } from './rule-x.ts'

export interface StaleOptions extends OperationOptions {
  readonly ageMs: number
}

/** One round over all sessions; how many it discarded. One that fails is told as a warning and left for the next round. */
export async function discardStaleUploads(context: StorageContext, { ageMs, signal }: StaleOptions): Promise<number> {
  const { bucket, turns, options } = context
  let startAfter = sessionPrefix
  let discarded = 0
  for (;;) {
    const page = await bucket.list({ prefix: sessionPrefix, startAfter, signal })
    for (const { key, modifiedMs } of page) {
      signal?.throwIfAborted()
      const x = key.slice(sessionPrefix.length)
      if (options.now() - modifiedMs < ageMs || turns.isTaken(x)) continue
      try {
        await applyRuleX(context, x, { signal })
        discarded++
      } catch (error) {
        options.onWarning(error, `janitor, upload ${x}`)
      }
    }
    const last = page.at(-1)
    if (last === undefined || page.length < 1000) return discarded
    startAfter = last.key
  }
}

export interface JanitorOptions {
  /** Pause between two rounds. @default 3600000 */
  readonly intervalMs?: number
  /** Age of sessions that are discarded. @default 86400000 */
  readonly ageMs?: number
  /** Told when a round failed; the next one is tried all the same. @default ignored */
  readonly onError?: (error: unknown) => void
}

/** Starts rounds, the first after one interval. They do not keep the process alive. */
export function startJanitor(storage: RegistryStorage, options: JanitorOptions = {}): Rounds {
  const { intervalMs = 60 * 60 * 1000, ageMs = 24 * 60 * 60 * 1000, onError = () => {} } = options
  return startRounds((signal) => storage.discardStaleUploads({ ageMs, signal }), intervalMs, onError)
}
