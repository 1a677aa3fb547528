/**
 * Reads what a request names: path, query and conditions, checked.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { Repository } from '@tsreg/storage'
import type { Exchange } from '../exchange.ts'

/** The repository of the path, as it stands there. */
export function nameOf({ route }: Exchange): string {
  return route !== undefined && 'name' in route && route.name !== undefined ? route.name : ''
}

/** @throws NAME_INVALID */
export function repositoryOf(exchange: Exchange): Repository {
  return exchange.services.repository(nameOf(exchange))
}

/**
 * `n`: how many entries of a list. A larger one is cut to `most`, an absent one is `most`.
 * @throws PAGINATION_NUMBER_INVALID
 */
export function pageSize({ query }: Exchange, most: number): number {
  const text = query.get('n')
  if (text === null) return most
  if (/^\d+$/.test(text)) return Math.min(Number(text), most)
  const received = text.slice(0, 100)
  throw new OciError('PAGINATION_NUMBER_INVALID', `n must be a whole number, not ${JSON.stringify(received)}`, {
    detail: { n: received },
  })
}

/**
 * The entity tags of an `If-Match` or `If-None-Match` without their quotes, `*` as it is; undefined without the header.
 * Weak ones count like strong ones: an ETag here is the digest of the bytes.
 */
export function entityTags(header: string | undefined): readonly string[] | undefined {
  if (header === undefined) return undefined
  return header
    .split(',')
    .map((tag) =>
      tag
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .filter((tag) => tag !== '')
}

/** True when an `If-None-Match` says that the client has this digest already. */
export function isUnchanged(header: string | undefined, digest: string): boolean {
  if (header === undefined) return false
  return entityTags(header)?.some((tag) => tag === digest || tag === '*') ?? false
}
