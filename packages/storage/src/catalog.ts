/**
 * The catalog: repositories in byte order. A repository to which something was pushed once stays in it, with an empty
 * list of tags when everything was deleted, as users of distribution know it; telling the empty ones apart would cost a
 * request per name on every page.
 * @module
 */
import type { StorageContext } from './context.ts'
import { listPage } from './listing.ts'
import { catalogPrefix, decodeName, encodeNameBound } from './paths.ts'
import type { Page, PageOptions } from './repository.ts'

/** Longest repository name; a longer `last` decides in the same way when it is cut here. */
const maxNameLength = 255

export function listCatalog(context: StorageContext, { limit, last, signal }: PageOptions): Promise<Page<string>> {
  return listPage(context, {
    prefix: catalogPrefix,
    after: last === undefined ? undefined : encodeNameBound(last.slice(0, maxNameLength + 1)),
    limit,
    select: (entries) => entries.map(({ key }) => decodeName(key.slice(catalogPrefix.length))),
    signal,
  })
}
