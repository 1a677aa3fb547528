/**
 * What refers to a manifest (distribution-spec main, end-12): always an index, empty where nothing does.
 * @module
 */
import { type Descriptor, type Digest, mediaTypes, parseDigest } from '@tsreg/oci'
import { formatLink, routePath } from '@tsreg/oci/distribution'
import type { Page, Repository } from '@tsreg/storage'
import type { Exchange } from '../exchange.ts'
import type { Endpoint } from '../middleware/authorize.ts'
import { sendJson } from '../reply.ts'
import { pageSize, repositoryOf } from './parameters.ts'
import { toPull } from './rights.ts'

/** Descriptors of one page at most. */
const maxDescriptors = 100
/** A page ends with the descriptor that makes it this long: their annotations may be as large as manifests. */
const maxBytes = 3 * 1024 * 1024
/** Descriptors taken from the storage at a time, so that no more of them are in memory than a page needs. */
const step = 16

export const listReferrers: Endpoint = {
  access: toPull,
  async handle(exchange) {
    const repository = repositoryOf(exchange)
    const subject = parseDigest(exchange.route?.kind === 'referrers' ? exchange.route.digest : '')
    const artifactType = exchange.query.get('artifactType') ?? undefined
    const limit = pageSize(exchange, maxDescriptors)
    const page = await collect(repository, subject, { limit, artifactType, last: lastOf(exchange) })
    const headers = artifactType === undefined ? [] : ['OCI-Filters-Applied', 'artifactType']
    const last = page.items.at(-1)
    if (page.more && last !== undefined) {
      const query = new URLSearchParams({ n: String(limit), last: last.digest })
      if (artifactType !== undefined) query.set('artifactType', artifactType)
      headers.push('Link', formatLink(`${routePath.referrers(repository.name, subject)}?${query}`))
    }
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: page.items }
    sendJson(exchange, 200, headers, index, mediaTypes.ociIndex)
  },
}

function lastOf({ query }: Exchange): Digest | undefined {
  const last = query.get('last')
  return last === null ? undefined : parseDigest(last)
}

interface Wanted {
  readonly limit: number
  readonly last: Digest | undefined
  readonly artifactType: string | undefined
}

async function collect(repository: Repository, subject: Digest, wanted: Wanted): Promise<Page<Descriptor>> {
  const { limit, artifactType } = wanted
  const items: Descriptor[] = []
  let { last } = wanted
  for (let bytes = 0; items.length < limit; ) {
    const page = await repository.referrers.list(subject, {
      limit: Math.min(step, limit - items.length),
      last,
      ...(artifactType === undefined ? {} : { artifactType }),
    })
    for (const [index, descriptor] of page.items.entries()) {
      items.push(descriptor)
      last = descriptor.digest
      bytes += JSON.stringify(descriptor).length
      if (bytes > maxBytes) return { items, more: page.more || index < page.items.length - 1 }
    }
    if (!page.more) return { items, more: false }
  }
  return { items, more: limit > 0 }
}
