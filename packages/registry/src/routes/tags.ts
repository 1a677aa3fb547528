/**
 * Lists of tags (distribution-spec main, end-8).
 * @module
 */
import { formatLink, routePath } from '@tsreg/oci/distribution'
import type { Page } from '@tsreg/storage'
import type { Endpoint } from '../middleware/authorize.ts'
import { sendJson } from '../reply.ts'
import { pageSize, repositoryOf } from './parameters.ts'
import { toPull } from './rights.ts'

export const listTags: Endpoint = {
  access: toPull,
  async handle(exchange) {
    const repository = repositoryOf(exchange)
    const limit = pageSize(exchange, exchange.services.config.maxPageSize)
    const last = exchange.query.get('last') ?? undefined
    const page = await repository.tags.list({ limit, last })
    const headers = nextLink(routePath.tags(repository.name), limit, page)
    sendJson(exchange, 200, headers, { name: repository.name, tags: page.items })
  },
}

/** The `Link` to the next page where there is one; an empty page has none. */
export function nextLink(path: string, limit: number, page: Page<string>): string[] {
  const last = page.items.at(-1)
  if (!page.more || last === undefined) return []
  return ['Link', formatLink(`${path}?n=${limit}&last=${encodeURIComponent(last)}`)]
}
