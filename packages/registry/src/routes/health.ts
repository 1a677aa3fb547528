/**
 * `/livez` and `/readyz`: whether the process answers, and whether it can work. Neither asks for credentials.
 * @module
 */
import type { Exchange } from '../exchange.ts'
import { send, sendJson } from '../reply.ts'
import { warningsOf } from '../storage-warnings.ts'

/** How long the storage may take to answer before the registry counts as not ready. */
const patienceMs = 3000

export function getLivez(exchange: Exchange): void {
  send(exchange, 200, ['Content-Type', 'text/plain'], 'ok\n')
}

/**
 * 200 `{"ready":true}`, with `warnings` where the storage has something to warn of; or 503 with the reason: the storage
 * does not answer, another process has taken it over, or the registry is shutting down.
 */
export async function getReadyz(exchange: Exchange): Promise<void> {
  const { services } = exchange
  if (services.draining) return notReady(exchange, 'the registry is shutting down')
  try {
    await services.storage.ping({ signal: AbortSignal.timeout(patienceMs) })
  } catch (error) {
    services.log.logger.warn({ err: error }, 'not ready: the storage does not answer')
    return notReady(exchange, 'the storage does not answer')
  }
  const state = services.storage.state()
  if (state.writers === 'lost') return notReady(exchange, 'another process writes to the storage')
  const warnings = warningsOf(state)
  const told = warnings.length === 0 ? {} : { warnings }
  sendJson(exchange, 200, ['Cache-Control', 'no-store'], { ready: true, ...told })
}

function notReady(exchange: Exchange, reason: string): void {
  sendJson(exchange, 503, ['Cache-Control', 'no-store'], { ready: false, reason })
}
