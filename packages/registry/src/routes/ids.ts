/**
 * Our extension: the images whose ID or manifest digest begins with some hex digits, in a repository or everywhere.
 * @module
 */
import type { IdMatch } from '@tsreg/storage'
import type { Exchange } from '../exchange.ts'
import { type Endpoint, isAllowed } from '../middleware/authorize.ts'
import { sendJson } from '../reply.ts'
import { nameOf, pageSize, repositoryOf } from './parameters.ts'

const maxMatches = 100

/** `{"prefix":"4f53","matches":[{"repository","digest","imageId"?,"mediaType","size","tags"}]}`; matches may be none. */
export const findIds: Endpoint = {
  access(exchange) {
    const name = nameOf(exchange)
    return name === '' ? [] : [{ type: 'repository', name, actions: ['pull'] }]
  },
  async handle(exchange) {
    const prefix = exchange.route?.kind === 'ids' ? exchange.route.prefix : ''
    const limit = pageSize(exchange, maxMatches)
    const { storage } = exchange.services
    const matches =
      nameOf(exchange) === ''
        ? await onlyPullable(exchange, await storage.findId(prefix, { limit, signal: exchange.signal }))
        : await repositoryOf(exchange).findId(prefix, { limit, signal: exchange.signal })
    sendJson(exchange, 200, [], { prefix, matches })
  },
}

async function onlyPullable(exchange: Exchange, matches: readonly IdMatch[]): Promise<readonly IdMatch[]> {
  const pullable = new Map<string, boolean>()
  for (const { repository: name } of matches) {
    if (pullable.has(name)) continue
    pullable.set(name, await isAllowed(exchange, [{ type: 'repository', name, actions: ['pull'] }]))
  }
  return matches.filter(({ repository }) => pullable.get(repository) === true)
}
