/**
 * The tags of one repository.
 * @module
 */
import { isTag } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { mapBounded } from './bounded.ts'
import { isTombstone } from './cells.ts'
import { contention, maxTurns, type StorageContext } from './context.ts'
import { listPage } from './listing.ts'
import { manifestUnknown, nameUnknown } from './manifest-errors.ts'
import { fetchManifest } from './manifests.ts'
import { tagKey, tagPrefix } from './paths.ts'
import type { StoredManifest, Tag, TagStore } from './repository.ts'
import { repositoryExists } from './repository-marker.ts'
import { markedTags, readTag } from './tag-cell.ts'
import { requireCondition } from './tag-condition.ts'

/** Longest tag; a longer `last` begins with it or decides in the same way. */
const maxTagLength = 128

export function tagStore(context: StorageContext, repository: string): TagStore {
  async function read(tag: string, options: OperationOptions): Promise<{ tag: Tag; manifest: StoredManifest }> {
    const state = isTag(tag) ? await readTag(context, { repository, tag }, options) : undefined
    const header = state?.header
    if (header === undefined) throw manifestUnknown(repository, tag.slice(0, 200))
    const manifest = await fetchManifest(context, { repository, digest: header.digest }, options)
    if (manifest === undefined) throw manifestUnknown(repository, tag)
    const { digest, mediaType, size, pushedAt } = header
    return { tag: { tag, digest, mediaType, size, pushedAt }, manifest }
  }

  return {
    async resolve(tag, options = {}) {
      return (await read(tag, options)).tag
    },

    async fetch(tag, options = {}) {
      return (await read(tag, options)).manifest
    },

    async list({ limit, last, signal }) {
      const prefix = tagPrefix(repository)
      let dead = 0
      const page = await listPage(context, {
        prefix,
        after: last?.slice(0, maxTagLength + 1),
        limit,
        select(entries) {
          const live = entries.filter((entry) => !isTombstone(entry))
          dead += entries.length - live.length
          return live.map(({ key }) => key.slice(prefix.length))
        },
        signal,
      })
      context.seen.deadTags = Math.max(context.seen.deadTags, dead)
      if (page.items.length === 0 && !(await repositoryExists(context, repository, { signal })))
        throw nameUnknown(repository)
      return page
    },

    async of(digest, { limit = 1000, ...options } = {}) {
      const tags: string[] = []
      for await (const candidates of markedTags(context, { repository, digest }, options)) {
        const states = await mapBounded(candidates, (tag) => readTag(context, { repository, tag }, options))
        tags.push(...candidates.filter((_, index) => states[index]?.header?.digest === digest))
        if (tags.length >= limit) break
      }
      return tags.slice(0, limit)
    },

    async delete(tag, { signal, ...condition } = {}) {
      for (let turn = 0; turn < maxTurns; turn++) {
        const { header, version } = await readTag(context, { repository, tag }, { signal })
        requireCondition(`tag ${tag} of ${repository}`, condition, header?.digest)
        if (header === undefined || version === undefined) throw manifestUnknown(repository, tag)
        if (await context.cells.bury(tagKey(repository, tag), version, { signal })) return
      }
      throw contention(`tag ${tag} of ${repository}`)
    },
  }
}
