/**
 * The referrers of a copy. They are found after the graph has been walked and not on the way: an index may both refer
 * to a manifest and hold an index that holds it, and a walk that waited for referrers would wait for itself.
 * @module
 */
import { OciError } from '../errors.ts'
import { isManifestType } from '../media-types.ts'
import { at, CopyError } from './copy-error.ts'
import { copyGraph, type Walk } from './copy-walk.ts'
import { isReferrerLister } from './store.ts'

/** Copies what refers to any manifest of the walk, and what refers to that, until nothing new is found. */
export async function copyReferrers(walk: Walk): Promise<void> {
  const { source, signal } = walk
  if (!isReferrerLister(source)) {
    throw new CopyError('source', undefined, new OciError('UNSUPPORTED', 'the source cannot list referrers'))
  }
  // A map is iterated with what is added meanwhile.
  for (const { descriptor } of walk.visited.values()) {
    if (!isManifestType(descriptor.mediaType)) continue
    const referrers = source.referrers(descriptor.digest, { signal })[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await at('source', descriptor, () => referrers.next())
        if (next.done === true) break
        await copyGraph(walk, next.value)
      }
    } finally {
      await referrers.return?.()
    }
  }
}
