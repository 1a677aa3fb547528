/**
 * What GC must keep: everything that a manifest needs which is not dead, and by policy the manifests that a tag, an index
 * or a subject keeps.
 * @module
 */

import { manifest } from './manifests.ts'
import { type Context, first, type Vars } from './process.ts'
import type { Listed, Seen } from './store.ts'

/**
 * Marks from one LIST of manifests and tags.
 * @returns label that reads the tags, where policy looks at them, or the next one
 */
export function mark(
  v: Vars,
  listed: readonly Listed[],
  x: Context,
  { next, tags }: { readonly next: string; readonly tags: string },
): string {
  const marks = new Set<string>()
  const present = new Set(listed.filter(({ dead }) => !dead).map(({ key }) => key))
  for (const key of present) {
    const [, repository = '', digest = ''] = /^r\/([^/]+)\/m\/(.+)$/.exec(key) ?? []
    if (digest === '') continue
    const { blobs, children, subject } = manifest(digest)
    for (const d of blobs) marks.add(`b/${d}`).add(`r/${repository}/b/${d}`)
    for (const child of children) marks.add(`r/${repository}/m/${child}`)
    if (subject !== null && present.has(`r/${repository}/m/${subject}`)) marks.add(key)
  }
  v.marks = [...marks].sort()
  v.ml = [...present].filter((key) => key.includes('/m/')).sort()
  v.q = x.O.gcManifests ? [...present].filter((key) => key.includes('/t/')) : []
  return v.q.length > 0 ? tags : next
}

/** The first of the work list is a tag: what it names is marked. */
export function addTagMark(v: Vars, seen: Seen | null): void {
  if (seen?.body.st !== 'live') return
  const key = first(v.q).replace(/\/t\/.*/, `/m/${seen.body.d}`)
  if (v.marks?.includes(key) !== true) v.marks = [...(v.marks ?? []), key].sort()
}
