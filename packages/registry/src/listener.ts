/**
 * Takes every request off the server: makes its exchange, sends it the short or the long way, and sees it end.
 *
 * Manifests and blobs that are read are by far most of the work. They go straight to their endpoint; everything else
 * goes through the express application, which ends at the same endpoints by the same function.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Express } from 'express'
import { endpointOf } from './app.ts'
import { Exchange } from './exchange.ts'
import { accessLine } from './log/access-line.ts'
import { serve } from './middleware/authorize.ts'
import { exchangeOf, setExchange } from './middleware/exchange-of.ts'
import type { Services } from './services.ts'

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

export interface Listeners {
  readonly request: Listener
  /** For requests with `Expect: 100-continue`: whoever wants the body says so. */
  readonly checkContinue: Listener
}

export function createListeners(services: Services, app: Express): Listeners {
  const listen =
    (expectsContinue: boolean): Listener =>
    (request, response) => {
      const exchange = new Exchange(services, request, response, expectsContinue)
      setExchange(response, exchange)
      services.inFlight.add(exchange)
      response.on('close', end)
      if (services.draining) response.shouldKeepAlive = false
      const { method } = request
      const kind = exchange.route?.kind
      const endpoint =
        (method === 'GET' || method === 'HEAD') && (kind === 'manifest' || kind === 'blob')
          ? endpointOf(exchange)
          : undefined
      if (endpoint === undefined) app(request, response)
      else serve(exchange, endpoint)
    }
  return { request: listen(false), checkContinue: listen(true) }
}

/** One function for all responses, so that a request costs no closure here. */
function end(this: ServerResponse): void {
  const exchange = exchangeOf(this)
  const { services } = exchange
  services.inFlight.delete(exchange)
  const durationMs = performance.now() - exchange.startedMs
  services.metrics.count(exchange, durationMs)
  if (services.config.accessLog && services.log.logger.isLevelEnabled('info')) {
    services.log.writeLine(accessLine(exchange, Date.now(), durationMs))
  }
}
