/**
 * How many keys of each kind a store of a given size has, by the layout of docs/storage-layout.md. A small store filled by
 * the real code has exactly as many: a test counts them.
 * @module
 */

/** What a store holds. Each repository has the same, and each image a tag. */
export interface Population {
  readonly repositories: number
  readonly imagesPerRepository: number
  /** Layers of base images, which every repository shares. */
  readonly baseLayers: number
  /** Layers that the images of one repository share. */
  readonly repositoryLayers: number
  /** Layers of one image alone; its config comes to them. */
  readonly ownLayers: number
}

/** By the first element of the key. */
export const keyPrefixes = ['cat', 't', 'm', 'l', 'g', 'i', 'j', 'b', 'd'] as const
export type KeyPrefix = (typeof keyPrefixes)[number]
export type KeyCounts = Readonly<Record<KeyPrefix, number>>

/** Unlike the images of most registries in nothing but that all are alike. */
export const shape = { baseLayers: 4, repositoryLayers: 3, ownLayers: 2 } as const

/** As many images in each repository as make the store hold about so many blobs. */
export function populationOf(blobs: number, repositories: number): Population {
  const perImage = shape.ownLayers + 1
  const imagesPerRepository = Math.max(1, Math.round((blobs / repositories - shape.repositoryLayers) / perImage))
  return { ...shape, repositories, imagesPerRepository }
}

export function keysOf(population: Population): KeyCounts {
  const { repositories, imagesPerRepository, baseLayers, repositoryLayers, ownLayers } = population
  const images = repositories * imagesPerRepository
  const blobsPerRepository = repositoryLayers + imagesPerRepository * (ownLayers + 1)
  return {
    cat: repositories,
    t: images,
    m: images,
    l: repositories * (baseLayers + blobsPerRepository),
    g: images,
    i: images,
    // The image ID and the digest of the manifest.
    j: 2 * images,
    b: baseLayers + repositories * blobsPerRepository,
    // Configs are small enough to lie in their pointers.
    d: baseLayers + repositories * (repositoryLayers + imagesPerRepository * ownLayers),
  }
}
