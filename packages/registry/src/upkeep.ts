/**
 * What a running registry does besides answering: it cuts off bodies that stand still, clears away upload sessions that
 * nobody goes on with, collects garbage, and does what `tsreg gc` and `tsreg fsck` hand to it.
 * @module
 */
import { type RegistryStorage, type Rounds, startJanitor } from '@tsreg/storage'
import { collectOnSchedule } from './garbage-collection.ts'
import type { ControlServer } from './maintenance/control-server.ts'
import { type RateWatchdog, rateWatchdog } from './middleware/rate-watchdog.ts'
import type { Services } from './services.ts'

export interface Upkeep {
  /** Resolves when a round that is under way has ended. */
  stop(): Promise<void>
}

export function startUpkeep(services: Services): Upkeep {
  const watchdog = watchRates(services)
  const janitor = clearStaleUploads(services)
  const collection = collectOnSchedule(services)
  const control = takeWork(services)
  return {
    async stop() {
      watchdog.close()
      await Promise.all([janitor?.stop(), collection?.stop(), control.then((server) => server?.close())])
    },
  }
}

/** Without its socket the registry serves all the same. */
async function takeWork(services: Services): Promise<ControlServer | undefined> {
  if (services.storage.state().directory === undefined) return undefined
  try {
    const { serveControl } = await import('./maintenance/control-server.ts')
    return await serveControl(services)
  } catch (error) {
    services.log.logger.warn({ err: error }, 'gc and fsck cannot hand their work to this registry')
    return undefined
  }
}

function watchRates({ config, inFlight, log, metrics }: Services): RateWatchdog {
  return rateWatchdog({
    inFlight,
    minRateBytesPerSecond: config.minRateBytesPerSecond,
    graceMs: config.rateGraceSeconds * 1000,
    onCut(exchange, direction) {
      metrics.slowBodiesCut += 1
      exchange.errorCode = 'ABORTED'
      log.logger.warn({ requestId: exchange.id, path: exchange.path, direction }, 'cut off: too slow')
    },
  })
}

function clearStaleUploads({ config, storage, metrics, log }: Services): Rounds | undefined {
  const ageMs = config.uploadExpirySeconds * 1000
  if (ageMs === 0) return undefined
  const counting: RegistryStorage = {
    ...storage,
    async discardStaleUploads(options) {
      const discarded = await storage.discardStaleUploads(options)
      metrics.staleUploads += discarded
      if (discarded > 0) log.logger.info({ discarded }, 'discarded upload sessions that had expired')
      return discarded
    },
  }
  return startJanitor(counting, {
    ageMs,
    intervalMs: Math.min(3_600_000, ageMs),
    onError: (error) => log.logger.warn({ err: error }, 'could not discard expired upload sessions'),
  })
}
