/**
 * Unpacking the layers of an image while others of it are still on their way, so that a pull takes as long as the slower of
 * both and not their sum.
 *
 * ```
 * copy: manifest -> config -> layers as they come -> manifest into the layout
 *          \---------\-----------\-> unpacked in their order, each once it is in the layout
 * ```
 * @module
 */
import { Readable } from 'node:stream'
import { type Descriptor, type Digest, isImageConfigType, isImageManifestType } from '@tsreg/oci'
import { type CopyEvent, type Fetcher, fetchContent, fetchManifest, type ReadOnlyTarget } from '@tsreg/oci/content'
import { type ImageManifest, parseImageConfig } from '@tsreg/oci/image'
import type { Progress } from './output/progress.ts'
import type { Session } from './session.ts'
import { unpackLayers } from './unpack-image.ts'

export interface ArrivingOptions {
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** A copy from `source` that tells `onProgress` is watched, and what it brings is unpacked. */
export interface ArrivingImage {
  readonly source: ReadOnlyTarget
  readonly onProgress: (event: CopyEvent) => void
  /** When the copy has ended well. What never came by, because it was there already, is not unpacked. @throws as unpacking does */
  finish(): Promise<void>
  /** When the copy has failed: nothing is written any more afterwards. */
  abandon(): Promise<void>
}

/** @param source where one image is copied from, not an index of several */
export function unpackArriving(session: Session, source: ReadOnlyTarget, options: ArrivingOptions): ArrivingImage {
  const { progress } = options
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const arrivals = new Arrivals()
  let manifest: ImageManifest | undefined
  let unpacking: Promise<void> | undefined

  function begin({ layers }: ImageManifest, config: Uint8Array): void {
    const diffIds = parseImageConfig(config).rootfs.diff_ids
    const content: Fetcher = {
      async fetch(layer, fetchOptions) {
        await arrivals.of(layer.digest, signal)
        return (await session.images()).fetch(layer, fetchOptions)
      },
    }
    unpacking = unpackLayers(session, content, { layers, diffIds }, { progress, signal })
    // Thrown by who waits for it.
    unpacking.catch(() => {})
  }

  /** The small documents pass by here, each once and verified. */
  async function fetch(target: Descriptor, fetchOptions: Parameters<Fetcher['fetch']>[1]): Promise<Readable> {
    const fetched = { signal: fetchOptions?.signal }
    if (isImageManifestType(target.mediaType)) {
      const { bytes, manifest: found } = await fetchManifest(source, target, fetched)
      if (found.kind === 'image') manifest = found
      return Readable.from([bytes])
    }
    if (manifest?.config.digest !== target.digest || !isImageConfigType(target.mediaType) || fetchOptions?.offset) {
      return source.fetch(target, fetchOptions)
    }
    const bytes = await fetchContent(source, target, fetched)
    if (unpacking === undefined) begin(manifest, bytes)
    return Readable.from([bytes])
  }

  return {
    source: {
      fetch,
      resolve: (reference, resolveOptions) => source.resolve(reference, resolveOptions),
      exists: (target, existsOptions) => source.exists(target, existsOptions),
    },
    onProgress({ kind, descriptor }) {
      if (kind !== 'start' && kind !== 'progress') arrivals.came(descriptor.digest)
    },
    finish: async () => unpacking,
    async abandon() {
      stop.abort()
      await unpacking?.catch(() => {})
    },
  }
}

/** What has come, and who waits for the rest. */
class Arrivals {
  readonly #byDigest = new Map<Digest, PromiseWithResolvers<void>>()

  came(digest: Digest): void {
    this.#entry(digest).resolve()
  }

  /** @throws the reason of the signal */
  async of(digest: Digest, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, reject } = this.#entry(digest)
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  #entry(digest: Digest): PromiseWithResolvers<void> {
    const known = this.#byDigest.get(digest)
    if (known !== undefined) return known
    const entry = Promise.withResolvers<void>()
    entry.promise.catch(() => {})
    this.#byDigest.set(digest, entry)
    return entry
  }
}
