/**
 * The one transfer verb: pull, push, save, load and mirror are all copies between two stores.
 *
 * ```
 * resolve reference -> [index -> the manifest of a platform] -> blobs, then manifests, children before parents
 *                   -> [referrers of every copied manifest] -> tag
 * ```
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { isOciError } from '../errors.ts'
import { checkManifestType } from '../image/parse-manifest.ts'
import type { Platform } from '../platform.ts'
import { at } from './copy-error.ts'
import { copyReferrers } from './copy-referrers.ts'
import { copyGraph, type Walk } from './copy-walk.ts'
import { limiter } from './limit.ts'
import { selectPlatform } from './select-platform.ts'
import type { OperationOptions, ReadOnlyTarget, Target } from './store.ts'

export interface CopyOptions extends OperationOptions {
  /** Tag that the target gets once everything is there. Without it the copy is only known by its digest. */
  readonly tag?: string | undefined
  /** Of an index only the manifest that fits; its descriptor is returned. Without it the index with all its manifests. */
  readonly platform?: Platform | undefined
  /** Repository of the target's registry to mount blobs from, where the target can mount: one for all, or for each blob. */
  readonly mountFrom?: string | ((blob: Descriptor) => string | undefined) | undefined
  /**
   * Blobs in transfer at a time.
   * @default 6
   */
  readonly concurrency?: number | undefined
  /** Also the manifests that refer to what is copied (signatures, SBOMs), and those that refer to them. */
  readonly includeReferrers?: boolean | undefined
  /** Leaves out manifests of an index that the source does not hold, instead of failing. */
  readonly sparse?: boolean | undefined
  readonly onProgress?: ((event: CopyEvent) => void) | undefined
}

/**
 * One step of a piece of content: `start` -> `progress`* -> `done`, or `exists`, `mounted`, or `skipped` (a
 * non-distributable layer or, in a sparse copy, a manifest that the source does not hold).
 */
export interface CopyEvent {
  readonly kind: 'start' | 'progress' | 'done' | 'exists' | 'mounted' | 'skipped'
  readonly descriptor: Descriptor
  /** With `progress`: bytes transferred so far; it falls when a transfer begins again. */
  readonly bytes?: number
  /** With `mounted`: the repository it was mounted from. */
  readonly from?: string
}

/**
 * Copies what `reference` names, with everything it is made of. What the target has is not sent again. The first
 * failure aborts the rest, and is thrown when nothing is under way any more.
 * @param reference a tag or a digest of the source.
 * @returns the descriptor of what was copied.
 * @throws CopyError with the code of the failure; the reason of the signal when that is what ended it.
 */
export async function copy(
  source: ReadOnlyTarget,
  reference: string,
  target: Target,
  options: CopyOptions = {},
): Promise<Descriptor> {
  try {
    return await copyOnce({ source, reference, target, looksInto: false }, options)
  } catch (error) {
    // A manifest was there, and what it needs was not: a store that has lost something gets it back.
    if (!isOciError(error, 'MANIFEST_BLOB_UNKNOWN')) throw error
    return await copyOnce({ source, reference, target, looksInto: true }, options)
  }
}

interface Route {
  readonly source: ReadOnlyTarget
  readonly reference: string
  readonly target: Target
  /** Also copies the blobs of image manifests that are there already. */
  readonly looksInto: boolean
}

async function copyOnce({ source, reference, target, looksInto }: Route, options: CopyOptions): Promise<Descriptor> {
  const { concurrency = 6 } = options
  const inner = new AbortController()
  const signal = options.signal === undefined ? inner.signal : AbortSignal.any([options.signal, inner.signal])
  const walk: Walk = {
    source,
    target,
    signal,
    abort: (reason) => inner.abort(reason),
    concurrency,
    limit: limiter(concurrency),
    mountFrom: mountSource(options.mountFrom),
    sparse: options.sparse ?? false,
    looksInto,
    report: options.onProgress ?? (() => {}),
    visited: new Map(),
  }
  try {
    signal.throwIfAborted()
    const root = await at('source', undefined, () => resolveRoot(walk, reference, options.platform))
    await copyGraph(walk, root)
    if (options.includeReferrers === true) await copyReferrers(walk)
    const { tag } = options
    if (tag !== undefined) await at('target', root, () => target.tag(root, tag, { signal }))
    return root
  } catch (error) {
    options.signal?.throwIfAborted()
    // What the first failure aborted fails with that failure as its reason.
    throw inner.signal.aborted ? inner.signal.reason : error
  } finally {
    inner.abort()
  }
}

function mountSource(mountFrom: CopyOptions['mountFrom']): Walk['mountFrom'] {
  return typeof mountFrom === 'function' ? mountFrom : () => mountFrom
}

async function resolveRoot({ source, signal }: Walk, reference: string, platform: Platform | undefined) {
  const resolved = await source.resolve(reference, { signal })
  checkManifestType(resolved.mediaType)
  return platform === undefined ? resolved : selectPlatform(source, resolved, platform, { signal })
}
