/**
 * Lists in pages: `Link` where the registry gives it, `last` where it does not, and an end in any case.
 * @module
 */
import type { ErrorCode } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { type Access, parseLink } from '@tsreg/oci/distribution'
import { broken } from './answers.ts'
import { expect } from './context.ts'
import { headerValues, type RegistryResponse } from './transport/dispatch.ts'
import type { Transport } from './transport/transport.ts'

export interface PagesOptions<T> extends OperationOptions {
  readonly operation: string
  /** The first page. */
  readonly url: URL
  readonly access: readonly Access[]
  readonly accept: string
  /** The code of a 404. */
  readonly unknown: ErrorCode
  /** What a page holds. @throws ClientError PROTOCOL */
  readonly itemsOf: (response: RegistryResponse) => readonly T[]
}

export interface Page<T> {
  readonly response: RegistryResponse
  readonly items: readonly T[]
}

/** Registries that ignore `n` send everything at once. */
const maxPageBytes = 64 * 1024 * 1024
/** Pages without an item, one after the other, that all lead on: filters and deletes leave a few. */
const mostEmpty = 100

/**
 * The pages as the links lead from one to the next.
 * @throws ClientError PROTOCOL for a link elsewhere or back, and for links that go on and on and lead to nothing.
 */
export async function* pages<T>(transport: Transport, options: PagesOptions<T>): AsyncGenerator<Page<T>> {
  const seen = new Set<string>()
  let empty = 0
  for (let url: URL | undefined = options.url; url !== undefined; ) {
    seen.add(url.href)
    const request = {
      operation: options.operation,
      method: 'GET',
      url,
      access: options.access,
      headers: { accept: options.accept },
      maxBytes: maxPageBytes,
      signal: options.signal,
    } as const
    const response: RegistryResponse = await expect(transport.dispatch, request, {
      statuses: [200],
      unknown: options.unknown,
    })
    const items = options.itemsOf(response)
    yield { response, items }
    url = nextOf(response, url, options)
    empty = items.length === 0 ? empty + 1 : 0
    if (url !== undefined && empty > mostEmpty) {
      throw broken(response, `${options.operation}: ${empty} pages with nothing in them, and a link to one more`)
    }
    if (url !== undefined && seen.has(url.href)) {
      throw broken(response, `${options.operation}: the link to the next page leads back to a page that was read`)
    }
  }
}

function nextOf(
  response: RegistryResponse,
  url: URL,
  { operation }: Pick<PagesOptions<unknown>, 'operation'>,
): URL | undefined {
  const { next } = parseLink(headerValues(response, 'link'))
  if (next === undefined) return undefined
  const target = URL.parse(next, url)
  // Behind a proxy that the registry does not know of, the scheme of an absolute link is wrong, never the host.
  if (target?.host === url.host) return target
  throw broken(response, `${operation}: the link to the next page is ${JSON.stringify(next.slice(0, 200))}`)
}
