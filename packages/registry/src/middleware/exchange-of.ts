/**
 * Where express finds the exchange that a request belongs to.
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { Exchange } from '../exchange.ts'

const key = Symbol('exchange')

export function setExchange(response: ServerResponse, exchange: Exchange): void {
  ;(response as ServerResponse & { [key]?: Exchange })[key] = exchange
}

export function exchangeOf(response: ServerResponse): Exchange {
  const exchange = (response as ServerResponse & { [key]?: Exchange })[key]
  if (exchange === undefined) throw new TypeError('the response belongs to no exchange')
  return exchange
}
