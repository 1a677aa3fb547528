/**
 * Deleting a whole repository: its tags, its manifests, its right to read blobs, and its place in the catalog. The bytes
 * go with GC.
 *
 * ```
 * D1  every cell of t/E and m/E buried          tags first: they never name what is gone for long
 * D2  links l/E condemned, m/E listed, links     as GC does it: a push that relies on a link either is seen in m/E, or
 *     buried with the versions of before         finds the link condemned and rescues it
 * D3  t/E, m/E, l/E listed: nothing lives        else D1 again: somebody pushes meanwhile
 * D4  cat/E deleted
 * D5  t/E, m/E listed again: something lives     a push looked at cat/E before D4: it is written again
 * ```
 * A push writes its manifest and then looks at cat/E; this deletes cat/E and then looks at the manifests: one of the two
 * sees the other, so no acknowledged image is missing from the catalog. Markers stay: they lead to dead cells.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import { mapBounded } from './bounded.ts'
import type { ListEntry } from './bucket/bucket.ts'
import { isTombstone } from './cells.ts'
import { contention, maxTurns, type StorageContext } from './context.ts'
import type { LinkHeader } from './link.ts'
import { nameUnknown } from './manifest-errors.ts'
import { catalogKey, linkPrefix, manifestPrefix, tagPrefix } from './paths.ts'
import type { DeletedRepository } from './repository.ts'
import { repositoryExists, secureRepository } from './repository-marker.ts'

/** A cell and its version. */
type Found = Pick<ListEntry, 'key' | 'etag'>

/** @throws NAME_UNKNOWN when there is nothing to delete; UNAVAILABLE when pushes keep it alive */
export async function deleteRepository(
  context: StorageContext,
  name: string,
  options: OperationOptions,
): Promise<DeletedRepository> {
  const deleted = { tags: 0, manifests: 0, blobs: 0 }
  const existed = await repositoryExists(context, name, options)
  for (let turn = 0; turn < maxTurns; turn++) {
    deleted.tags += await buryAll(context, tagPrefix(name), options) // D1
    deleted.manifests += await buryAll(context, manifestPrefix(name), options)
    deleted.blobs += await buryLinks(context, name, options) // D2
    if (await lives(context, [tagPrefix(name), manifestPrefix(name), linkPrefix(name)], options)) continue // D3
    if (!existed && deleted.tags + deleted.manifests + deleted.blobs === 0) throw nameUnknown(name)
    await context.bucket.delete(catalogKey(name), options) // D4
    if (await lives(context, [tagPrefix(name), manifestPrefix(name)], options)) {
      await secureRepository(context, name, options) // D5
    }
    return deleted
  }
  throw contention(`deletion of ${name}`)
}

/** Buries what lives under the prefix, a page at a time; how many it was. What another writer changed meanwhile is left. */
async function buryAll(context: StorageContext, prefix: string, options: OperationOptions): Promise<number> {
  let buried = 0
  for await (const page of livePages(context, prefix, options)) buried += await buryEach(context, page, options)
  return buried
}

async function buryEach(context: StorageContext, found: readonly Found[], options: OperationOptions): Promise<number> {
  const done = await mapBounded(found, async ({ key, etag }) => {
    const gone = await context.cells.bury(key, etag, options)
    context.cache.drop(key)
    return gone
  })
  return done.filter((gone) => gone).length
}

/** A batch of condemned links costs one look at the manifests, and memory for their versions. */
const linksPerBatch = 10_000

async function buryLinks(context: StorageContext, name: string, options: OperationOptions): Promise<number> {
  let buried = 0
  let condemned: Found[] = []
  async function buryCondemned(): Promise<boolean> {
    if (condemned.length === 0) return true
    if (await lives(context, [manifestPrefix(name)], options)) return false
    buried += await buryEach(context, condemned, options)
    condemned = []
    return true
  }
  for await (const page of livePages(context, linkPrefix(name), options)) {
    condemned.push(...(await condemnEach(context, page, options)))
    if (condemned.length >= linksPerBatch && !(await buryCondemned())) return buried
  }
  await buryCondemned()
  return buried
}

async function condemnEach(
  context: StorageContext,
  found: readonly Found[],
  options: OperationOptions,
): Promise<readonly Found[]> {
  const versions = await mapBounded(found, ({ key, etag }) => {
    const header: LinkHeader = { st: 'cond' }
    return context.cells.write({ key, version: etag, header }, options)
  })
  return found.flatMap(({ key }, index) => {
    const etag = versions[index]
    return etag === undefined ? [] : [{ key, etag }]
  })
}

async function lives(context: StorageContext, prefixes: readonly string[], options: OperationOptions) {
  for (const prefix of prefixes) {
    for await (const page of livePages(context, prefix, options)) if (page.length > 0) return true
  }
  return false
}

async function* livePages(
  context: StorageContext,
  prefix: string,
  options: OperationOptions,
): AsyncGenerator<readonly ListEntry[]> {
  let startAfter = prefix
  for (;;) {
    const page = await context.bucket.list({ prefix, startAfter, ...options })
    yield page.filter((entry) => !isTombstone(entry))
    const last = page.at(-1)
    if (last === undefined || page.length < 1000) return
    startAfter = last.key
  }
}
