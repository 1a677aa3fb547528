/**
 * `GET /v2/` (distribution-spec main, end-1): says that this is a registry, and asks for credentials where it needs them.
 * @module
 */
import type { Endpoint } from '../middleware/authorize.ts'
import { send } from '../reply.ts'

export const getBase: Endpoint = {
  access: () => [],
  handle(exchange) {
    const { invitation } = exchange.services.access
    const headers = ['Content-Type', 'application/json']
    if (invitation !== undefined && exchange.user === undefined) headers.push('WWW-Authenticate', invitation)
    send(exchange, 200, headers, '{}')
  },
}
