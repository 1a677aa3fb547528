/**
 * Runs an endpoint for a caller who may use it.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { Access } from '@tsreg/oci/distribution'
import { parseCredentials } from '../access/credentials.ts'
import type { Challenge, Decision } from '../access/index.ts'
import type { Exchange } from '../exchange.ts'
import { fail } from './errors.ts'

/** One method of one route. */
export interface Endpoint {
  /** What the caller must be allowed to do. */
  readonly access: (exchange: Exchange) => readonly Access[]
  /** Answers, or throws an `OciError`. */
  readonly handle: (exchange: Exchange) => Promise<void> | void
}

/** Never throws: every outcome is a response or a broken connection. */
export function serve(exchange: Exchange, endpoint: Endpoint): void {
  try {
    exchange.credentials = parseCredentials(exchange.request.headers.authorization)
    const decision = exchange.services.access.authorize(exchange.credentials, endpoint.access(exchange))
    if (decision instanceof Promise) {
      decision.then((settled) => run(exchange, endpoint, settled)).catch((error) => fail(exchange, error))
    } else run(exchange, endpoint, decision)?.catch((error) => fail(exchange, error))
  } catch (error) {
    fail(exchange, error)
  }
}

/** Asks for more than the endpoint did, with the same credentials; false instead of a challenge. */
export async function isAllowed(exchange: Exchange, access: readonly Access[]): Promise<boolean> {
  const decision = await exchange.services.access.authorize(exchange.credentials ?? { scheme: 'none' }, access)
  return decision.allowed
}

function run(exchange: Exchange, endpoint: Endpoint, decision: Decision): Promise<void> | void {
  if (!decision.allowed) return refuse(exchange, endpoint.access(exchange), decision)
  exchange.user = decision.user
  return endpoint.handle(exchange)
}

function refuse(exchange: Exchange, access: readonly Access[], { code, message, authenticate }: Challenge): void {
  exchange.services.metrics.accessRefused += 1
  if (authenticate !== undefined) exchange.errorHeaders = ['WWW-Authenticate', authenticate]
  throw new OciError(code, message, { detail: { access } })
}
