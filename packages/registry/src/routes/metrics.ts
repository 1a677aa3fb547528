/**
 * `GET /metrics` for Prometheus. Asks for no credentials, and names no repository, user or address.
 * @module
 */
import type { Registry } from 'prom-client'
import type { Exchange } from '../exchange.ts'
import { send } from '../reply.ts'
import type { Services } from '../services.ts'

const registries = new WeakMap<Services, Promise<Registry>>()

export async function getMetrics(exchange: Exchange): Promise<void> {
  const registry = await registryOf(exchange.services)
  send(exchange, 200, ['Content-Type', registry.contentType], await registry.metrics())
}

function registryOf(services: Services): Promise<Registry> {
  let registry = registries.get(services)
  if (registry === undefined) {
    // Loaded when first asked for: the registry is ready to serve the sooner.
    registry = import('../metrics/prometheus.ts').then(({ prometheusRegistry }) => prometheusRegistry(services))
    registries.set(services, registry)
  }
  return registry
}
