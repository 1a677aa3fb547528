/**
 * The list of all repositories, `GET /v2/_catalog`: of Docker's API, not of the specification.
 * @module
 */
import { routePath } from '@tsreg/oci/distribution'
import type { Endpoint } from '../middleware/authorize.ts'
import { sendJson } from '../reply.ts'
import { pageSize } from './parameters.ts'
import { nextLink } from './tags.ts'

export const listCatalog: Endpoint = {
  access: () => [{ type: 'registry', name: 'catalog', actions: ['*'] }],
  async handle(exchange) {
    const { storage, config } = exchange.services
    const limit = pageSize(exchange, config.maxPageSize)
    const page = await storage.catalog({ limit, last: exchange.query.get('last') ?? undefined })
    sendJson(exchange, 200, nextLink(routePath.catalog(), limit, page), { repositories: page.items })
  },
}
