/**
 * The express application: the distribution API under `/v2`, and the pages beside it.
 * @module
 */

import { OciError } from '@tsreg/oci'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { RegistryConfig } from './config/index.ts'
import type { Exchange } from './exchange.ts'
import { type Endpoint, serve } from './middleware/authorize.ts'
import { fail } from './middleware/errors.ts'
import { exchangeOf } from './middleware/exchange-of.ts'
import { endpoints } from './routes/endpoints.ts'
import { getFront } from './routes/front.ts'
import { getLivez, getReadyz } from './routes/health.ts'
import { getMetrics } from './routes/metrics.ts'

/** Responses must have an exchange, see `listener.ts`. */
export function createApp(config: RegistryConfig): Express {
  const app = express()
  app.disable('x-powered-by')
  // Both would add to headers that have to be exact.
  app.disable('etag')
  app.set('query parser', false)
  app.use(distribution)
  app.get(
    '/',
    page('front', (exchange) => serve(exchange, getFront)),
  )
  app.get('/livez', page('livez', getLivez))
  app.get('/readyz', page('readyz', getReadyz))
  if (config.metrics) app.get('/metrics', page('metrics', getMetrics))
  app.use((_request: Request, response: Response) => failNotFound(exchangeOf(response)))
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    fail(exchangeOf(response), error)
  })
  return app
}

/** The endpoint of a request for the distribution API; undefined for other paths and for methods that are not there. */
export function endpointOf({ route, request }: Exchange): Endpoint | undefined {
  return route === undefined ? undefined : endpoints[route.kind][request.method ?? '']
}

function distribution(_request: Request, response: Response, next: NextFunction): void {
  const exchange = exchangeOf(response)
  if (exchange.route === undefined) {
    next()
    return
  }
  const endpoint = endpointOf(exchange)
  if (endpoint === undefined) failNotAllowed(exchange, Object.keys(endpoints[exchange.route.kind]))
  else serve(exchange, endpoint)
}

function page(name: Exchange['routeName'], answer: (exchange: Exchange) => unknown) {
  return (_request: Request, response: Response): unknown => {
    const exchange = exchangeOf(response)
    exchange.routeName = name
    return answer(exchange)
  }
}

function failNotAllowed(exchange: Exchange, allowed: readonly string[]): void {
  const { request, path } = exchange
  exchange.errorHeaders = ['Allow', allowed.join(', ')]
  const message = `${request.method} does not apply to ${path.slice(0, 300)}; ${allowed.join(', ')} do`
  fail(exchange, new OciError('UNSUPPORTED', message, { detail: { method: request.method, allowed } }))
}

function failNotFound(exchange: Exchange): void {
  const path = exchange.path.slice(0, 300)
  fail(exchange, new OciError('NAME_UNKNOWN', `nothing is at ${path}`, { detail: { path } }))
}
