/**
 * Our extension: the images whose ID or manifest digest begins with some hex digits, in a repository or everywhere.
 * @module
 */
import { OciError } from '@tsreg/oci'
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
    const prefix = hexPrefix(exchange)
    const limit = pageSize(exchange, maxMatches)
    const { storage } = exchange.services
    const matches =
      nameOf(exchange) === ''
        ? await onlyPullable(exchange, await storage.findId(prefix, { limit, signal: exchange.signal }))
        : await repositoryOf(exchange).findId(prefix, { limit, signal: exchange.signal })
    sendJson(exchange, 200, [], { prefix, matches })
  },
}

/** @throws DIGEST_INVALID */
function hexPrefix({ route }: Exchange): string {
  const prefix = route?.kind === 'ids' ? route.prefix : ''
  if (/^[0-9a-f]{1,128}$/.test(prefix)) return prefix
  const shown = JSON.stringify(prefix.slice(0, 200))
  throw new OciError('DIGEST_INVALID', `${shown} does not begin an ID; expected 1 to 128 lower-case hex digits`, {
    detail: { prefix: prefix.slice(0, 200) },
  })
}

async function onlyPullable(exchange: Exchange, matches: readonly IdMatch[]): Promise<readonly IdMatch[]> {
  const pullable = new Map<string, boolean>()
  for (const { repository: name } of matches) {
    if (pullable.has(name)) continue
    pullable.set(name, await isAllowed(exchange, [{ type: 'repository', name, actions: ['pull'] }]))
  }
  return matches.filter(({ repository }) => pullable.get(repository) === true)
}
