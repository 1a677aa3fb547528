/**
 * Clears away what clients leave behind: upload sessions that nobody goes on with.
 * @module
 */
import type { Services } from './services.ts'

export interface Janitor {
  /** Resolves when a round that is under way has ended. */
  close(): Promise<void>
}

/** Makes a round soon after the start and then every hour, or as often as sessions expire. */
export function startJanitor(services: Services): Janitor {
  const { config, storage, metrics, log } = services
  const ageMs = config.uploadExpirySeconds * 1000
  if (ageMs === 0) return { close: async () => {} }
  const stop = new AbortController()
  let round: Promise<void> = Promise.resolve()

  const clear = async (): Promise<void> => {
    try {
      const discarded = await storage.discardStaleUploads({ ageMs, signal: stop.signal })
      metrics.staleUploads += discarded
      if (discarded > 0) log.logger.info({ discarded }, 'discarded upload sessions that had expired')
    } catch (error) {
      if (!stop.signal.aborted) log.logger.warn({ err: error }, 'could not discard expired upload sessions')
    }
  }
  const start = (): void => {
    round = round.then(clear)
  }
  const first = setTimeout(start, Math.min(60_000, ageMs))
  const timer = setInterval(start, Math.min(3_600_000, ageMs))
  first.unref()
  timer.unref()
  return {
    close() {
      clearTimeout(first)
      clearInterval(timer)
      stop.abort()
      return round
    },
  }
}
