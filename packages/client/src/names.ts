/**
 * Lists of names, of tags and of repositories: the same two parameters and the same two ways to go on.
 * @module
 */
import { readStrings } from './answers.ts'
import { type PagesOptions, pages } from './paging.ts'
import { headerValues, type RegistryResponse } from './transport/dispatch.ts'
import type { Transport } from './transport/transport.ts'

export interface NamesOptions extends Omit<PagesOptions<string>, 'accept' | 'itemsOf'> {
  /** The field of the answer that holds the names. */
  readonly field: 'tags' | 'repositories'
}

/** As many as any registry gives: ECR refuses more. */
export const pageSize = 1000

/** The names in the order of the registry, each page fetched when the one before it is consumed. */
export async function* names(transport: Transport, options: NamesOptions): AsyncGenerator<string> {
  const itemsOf = (response: RegistryResponse) => readStrings(response, options.operation, options.field)
  let url = options.url
  let first: string | undefined
  for (;;) {
    let page: readonly string[] = []
    let linked = false
    for await (const { response, items } of pages(transport, {
      ...options,
      url,
      accept: 'application/json',
      itemsOf,
    })) {
      page = items
      linked = headerValues(response, 'link').length > 0
      // A registry that ignores `last` would begin anew for ever.
      if (first !== undefined && page[0] === first) return
      first ??= page[0]
      yield* page
    }
    const last = page.at(-1)
    // Only a full page without any link leaves open whether there is more (distribution-spec main, "Listing Tags").
    if (linked || page.length !== pageSize || last === undefined) return
    url = new URL(url)
    url.searchParams.set('last', last)
  }
}
