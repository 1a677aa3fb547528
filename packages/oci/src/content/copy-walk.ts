/**
 * The walk of a copy through the graph of content: each piece once, children before parents.
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { isOciError } from '../errors.ts'
import { childrenOf } from '../image/manifest.ts'
import { isImageManifestType, isManifestType } from '../media-types.ts'
import type { CopyEvent } from './copy.ts'
import { copyBlob } from './copy-blob.ts'
import { at, CopyError } from './copy-error.ts'
import { type FetchedManifest, fetchManifest } from './fetch-manifest.ts'
import { forEachLimited, type Limiter } from './limit.ts'
import { maxDepth, tooDeep } from './max-depth.ts'
import type { ReadOnlyTarget, Target } from './store.ts'

/** What the parts of one copy share. */
export interface Walk {
  readonly source: ReadOnlyTarget
  readonly target: Target
  readonly signal: AbortSignal
  /** Ends everything else of this copy. */
  readonly abort: (reason: unknown) => void
  readonly concurrency: number
  /** Takes one transfer at a time per slot; nothing waits for another piece while it holds a slot. */
  readonly limit: Limiter
  readonly mountFrom: (blob: Descriptor) => string | undefined
  readonly sparse: boolean
  /** Image manifests that the target has are not taken for complete. */
  readonly looksInto: boolean
  readonly report: (event: CopyEvent) => void
  /** Pieces that were begun, by kind and digest. */
  readonly visited: Map<string, Visit>
}

export interface Visit {
  readonly descriptor: Descriptor
  readonly done: Promise<void>
}

/** Copies the content and everything below it. A piece that is being copied already is waited for. */
export function copyGraph(walk: Walk, descriptor: Descriptor, depth = 0): Promise<void> {
  const isManifest = isManifestType(descriptor.mediaType)
  const key = `${isManifest ? 'manifest' : 'blob'} ${descriptor.digest}`
  const known = walk.visited.get(key)
  if (known !== undefined) return known.done
  const done = (isManifest ? copyManifest(walk, descriptor, depth) : copyBlob(walk, descriptor)).catch((error) => {
    walk.abort(error)
    throw error
  })
  walk.visited.set(key, { descriptor, done })
  return done
}

async function copyManifest(walk: Walk, descriptor: Descriptor, depth: number): Promise<void> {
  const { target, signal, limit, report } = walk
  if (depth >= maxDepth) throw new CopyError('source', descriptor, tooDeep(descriptor))
  const exists = await limit(() => at('target', descriptor, () => target.exists(descriptor, { signal })))
  // An image manifest in a store has its blobs; an index may lack manifests, so its children are looked at.
  if (exists && !walk.looksInto && isImageManifestType(descriptor.mediaType)) {
    return report({ kind: 'exists', descriptor })
  }
  const fetched = await limit(() => fetchFrom(walk, descriptor, exists || (walk.sparse && depth > 0)))
  if (fetched === undefined) return report({ kind: exists ? 'exists' : 'skipped', descriptor })
  const { bytes, manifest } = fetched
  // One branch at a time below the root keeps few manifests in memory.
  const parallel = manifest.kind === 'index' && depth > 0 ? 1 : walk.concurrency
  await forEachLimited(childrenOf(manifest), parallel, (child) => copyGraph(walk, child, depth + 1))
  if (exists) return report({ kind: 'exists', descriptor })
  report({ kind: 'start', descriptor })
  await limit(() =>
    at('target', descriptor, () =>
      target.push(descriptor, async ({ offset = 0 }) => oneChunk(bytes.subarray(offset)), { signal }),
    ),
  )
  report({ kind: 'done', descriptor })
}

/** The manifest; undefined where the source may lack it, and does. */
async function fetchFrom(
  { source, signal }: Walk,
  descriptor: Descriptor,
  mayLack: boolean,
): Promise<FetchedManifest | undefined> {
  try {
    return await at('source', descriptor, () => fetchManifest(source, descriptor, { signal }))
  } catch (error) {
    if (mayLack && isOciError(error, 'MANIFEST_UNKNOWN')) return undefined
    throw error
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}
