/**
 * `GET /v2/` (distribution-spec main, end-1): says that this is a registry, and asks for credentials where it needs them.
 * @module
 */
import type { Endpoint } from '../middleware/authorize.ts'
import { send } from '../reply.ts'

export const getBase: Endpoint = {
  access: () => [],
  handle(exchange) {
    send(exchange, 200, ['Content-Type', 'application/json'], '{}')
  },
}
