/**
 * Bringing the layers of an image in place for overlayfs: each in a directory of its own, which holds nothing of those below,
 * so that they are unpacked side by side.
 *
 * ```
 * missing? -> lock the layer -> missing still? -> unpack into unpacking/<hex> -> diff ID right? -> sync -> rename to layers/<hex>
 * ```
 * @module
 */
import { availableParallelism } from 'node:os'
import type { Descriptor, Digest } from '@tsreg/oci'
import type { Fetcher } from '@tsreg/oci/content'
import { chainIds } from '@tsreg/oci/image'
import { isImageError } from '../errors.ts'
import { type AppliedLayer, applyLayer } from '../layer/index.ts'
import { inheritRoot } from '../tree/root.ts'
import { fetchedLayer } from './fetched-layer.ts'
import { chainBelow } from './layer-record.ts'
import { making } from './locks.ts'
import type { SnapshotPaths } from './paths.ts'
import { beginLayer, isInPlace, putInPlace } from './place.ts'
import type { LayerStack, UnpackOptions } from './snapshotter.ts'

export interface Unpacking {
  readonly paths: SnapshotPaths
  readonly content: Fetcher
  readonly stack: LayerStack
  readonly options: UnpackOptions
}

interface Layer {
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly chainId: Digest
  readonly parent: Digest | undefined
}

/** Returns when the whole chain is in place. @throws DIGEST_INVALID, LAYER_INVALID, what the content throws */
export async function unpackOverlay(unpacking: Unpacking): Promise<Digest | undefined> {
  const { paths, stack, options } = unpacking
  const chain = chainIds(stack.diffIds)
  const layers = stack.layers.map((descriptor, at): Layer => {
    const diffId = stack.diffIds[at] as Digest
    return { descriptor, diffId, chainId: chain[at] as Digest, parent: chain[at - 1] }
  })
  const top = chain.at(-1)
  // Another process may remove a layer that was there while the others are unpacked.
  while (top !== undefined && chainBelow(paths, top) === undefined) {
    const attempt = new Attempt(unpacking)
    await attempt.run(layers.filter(({ chainId }) => !isInPlace(paths, chainId)))
  }
  for (const layer of stack.layers) options.onProgress?.(layer, { bytes: 0, done: true })
  return top
}

/** One go over the layers that are missing. */
class Attempt {
  readonly #unpacking: Unpacking
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #done = new Map<Digest, Promise<void>>()

  constructor(unpacking: Unpacking) {
    this.#unpacking = unpacking
    const { signal } = unpacking.options
    this.#signal = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal])
  }

  async run(layers: readonly Layer[]): Promise<void> {
    const waiting = new Map(layers.map((layer) => [layer.chainId, Promise.withResolvers<void>()]))
    for (const [chainId, { promise }] of waiting) {
      // Who waits for a layer is told by the failure itself as well.
      promise.catch(() => {})
      this.#done.set(chainId, promise)
    }
    const queue = [...layers]
    const work = async () => {
      for (let layer = queue.shift(); layer !== undefined; layer = queue.shift()) {
        const { resolve, reject } = waiting.get(layer.chainId) as PromiseWithResolvers<void>
        const applied = Promise.withResolvers<void>()
        const inPlace = this.#unpackLayer(layer, applied.resolve).then(resolve, (error: unknown) => {
          reject(error)
          this.#stop.abort(error)
        })
        // While the disk takes one layer in, the next one is unpacked.
        await Promise.race([applied.promise, inPlace])
      }
    }
    await Promise.all(Array.from({ length: Math.min(layers.length, availableParallelism()) }, work))
    await Promise.allSettled(this.#done.values())
    this.#unpacking.options.signal?.throwIfAborted()
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason
  }

  /** @param onApplied called when its files are written, before they are synced */
  #unpackLayer(layer: Layer, onApplied: () => void): Promise<void> {
    const { paths } = this.#unpacking
    return making(paths, paths.layerLock(layer.chainId), { signal: this.#signal }, async () => {
      if (isInPlace(paths, layer.chainId)) return
      const { sizeBytes, namesRoot } = await this.#apply(layer)
      onApplied()
      const { parent, diffId } = layer
      // A layer below was removed meanwhile: this one is for the next attempt.
      if (!namesRoot && parent !== undefined && !(await this.#inheritRoot(layer.chainId, parent))) return
      await putInPlace(paths, layer.chainId, { parent, diffId, sizeBytes }, { signal: this.#signal })
    })
  }

  async #apply(layer: Layer): Promise<AppliedLayer> {
    try {
      // Below the lowest one there is nothing, and that is known.
      const applied = await this.#applyWith(layer, layer.parent === undefined ? [] : undefined)
      if (applied.implied === 0 || layer.parent === undefined) return applied
    } catch (error) {
      if (layer.parent === undefined || !isImageError(error, 'LAYER_INVALID')) throw error
    }
    // Rare: it goes through directories, or links to files, that only the layers below have.
    return this.#applyWith(layer, await this.#lowerOf(layer))
  }

  async #inheritRoot(chainId: Digest, parent: Digest): Promise<boolean> {
    const { paths } = this.#unpacking
    await this.#done.get(parent)
    return inheritRoot(paths.unpackingLayer(chainId).files, paths.layer(parent).files)
  }

  async #applyWith(layer: Layer, lower: readonly string[] | undefined): Promise<AppliedLayer> {
    const { paths, content, options } = this.#unpacking
    const directory = await beginLayer(paths, layer.chainId)
    return fetchedLayer({ ...layer, content, signal: this.#signal, onProgress: options.onProgress }, (bytes, onBytes) =>
      applyLayer(bytes, directory, {
        whiteouts: 'overlay',
        ...(lower === undefined ? {} : { lower }),
        signal: this.#signal,
        onBytes,
      }),
    )
  }

  /** The directories of the layers below, topmost first, once they are in place. */
  async #lowerOf({ chainId }: Layer): Promise<readonly string[]> {
    const chain = chainIds(this.#unpacking.stack.diffIds)
    const below = chain.slice(0, chain.indexOf(chainId))
    await Promise.all(below.map((lower) => this.#done.get(lower)))
    return below.toReversed().map((lower) => this.#unpacking.paths.layer(lower).files)
  }
}
