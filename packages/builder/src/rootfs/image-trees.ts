/**
 * The root file systems of images that a build looks into: layers that this build made itself are looked at as they were
 * drafted, others are unpacked when they are first needed.
 * @module
 */
import type { Layout } from '@tsreg/image'
import type { Snapshotter } from '@tsreg/image/snapshot'
import type { Descriptor, Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { type BuiltImage, chainIdOf } from '../built-image.ts'
import type { SourceTree } from '../context/source-tree.ts'
import { emptyTree } from './empty-tree.ts'
import { LayerDraft } from './layer-draft.ts'
import { snapshotTree } from './snapshot-tree.ts'

export interface ImageTreesOptions {
  readonly images: Layout
  /** Opened when a layer must be unpacked. */
  readonly snapshotter: () => Promise<Snapshotter>
  readonly onUnpack: (layer: Descriptor, progress: { readonly bytes: number; readonly done: boolean }) => void
}

export class ImageTrees {
  readonly #options: ImageTreesOptions
  readonly #drafts = new Map<Digest, LayerDraft>()

  constructor(options: ImageTreesOptions) {
    this.#options = options
  }

  /** Brings all layers in place. The chain ID; undefined of no layers. */
  async unpack({ layers, diffIds }: BuiltImage, options: OperationOptions = {}): Promise<Digest | undefined> {
    if (layers.length === 0) return undefined
    const snapshotter = await this.#options.snapshotter()
    return snapshotter.unpack(
      this.#options.images,
      { layers, diffIds },
      { ...options, onProgress: this.#options.onUnpack },
    )
  }

  /** The files with their content. @param name for messages */
  async tree(image: BuiltImage, name: string, options: OperationOptions = {}): Promise<SourceTree> {
    const chainId = await this.unpack(image, options)
    return chainId === undefined ? emptyTree : snapshotTree(await this.#options.snapshotter(), chainId, name)
  }

  /** A layer to be drafted above the image. */
  async draftAbove(image: BuiltImage, options: OperationOptions = {}): Promise<LayerDraft> {
    const chainId = chainIdOf(image)
    const drafted = chainId === undefined ? undefined : this.#drafts.get(chainId)
    return new LayerDraft(drafted ?? (await this.tree(image, 'the image', options)))
  }

  /** The layer of this image was drafted: what is below is known without unpacking it. */
  remember(image: BuiltImage, draft: LayerDraft): void {
    const chainId = chainIdOf(image)
    if (chainId !== undefined) this.#drafts.set(chainId, draft)
  }
}
