/**
 * Does a live manifest of the repository need this blob? Asked only when a client deletes one blob, which is rare, while
 * manifests are pushed all the time: so there is no index from blobs to manifests that every push would have to write
 * (docs/decisions/0004). The search reads the manifests of the one repository page by page until it finds a user.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { childrenOf, parseManifest } from '@tsreg/oci/image'
import { mapBounded, requestConcurrency } from './bounded.ts'
import type { ListEntry } from './bucket/bucket.ts'
import { isTombstone } from './cells.ts'
import type { StorageContext } from './context.ts'
import type { LinkTarget } from './link.ts'
import { readManifest } from './manifest-cell.ts'
import { digestAt, manifestPrefix } from './paths.ts'

/** A manifest that needs the blob; undefined when none does. */
export async function findUser(
  context: StorageContext,
  { repository, digest }: LinkTarget,
  options: OperationOptions,
): Promise<Digest | undefined> {
  const prefix = manifestPrefix(repository)
  let startAfter = prefix
  for (;;) {
    const page = await context.bucket.list({ prefix, startAfter, ...options })
    const found = await searchPage(page)
    if (found !== undefined) return found
    const last = page.at(-1)
    if (last === undefined || page.length < 1000) return undefined
    startAfter = last.key
  }

  async function searchPage(page: readonly ListEntry[]): Promise<Digest | undefined> {
    const manifests = page.filter((entry) => !isTombstone(entry)).map(({ key }) => digestAt(key.slice(prefix.length)))
    for (let at = 0; at < manifests.length; at += requestConcurrency) {
      const group = manifests.slice(at, at + requestConcurrency)
      const needs = await mapBounded(group, (manifest) => needsBlob(manifest))
      const user = group.find((_, index) => needs[index])
      if (user !== undefined) return user
    }
    return undefined
  }

  // What is remembered tells what a manifest names, not that it lives; a look at the cell tells that.
  async function needsBlob(manifest: Digest): Promise<boolean> {
    const known = context.references.get(manifest)
    if (known !== undefined && !known.has(digest)) return false
    const { header, payload } = await readManifest(context, { repository, digest: manifest }, options)
    if (header === undefined) return false
    const references =
      known ?? new Set(childrenOf(parseManifest(payload, header.mediaType)).map((child) => child.digest))
    context.references.set(manifest, references)
    return references.has(digest)
  }
}
