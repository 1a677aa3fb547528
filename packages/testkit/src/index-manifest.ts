/**
 * Indexes made of images and of other indexes.
 * @module
 */
import { type Descriptor, type Digest, mediaTypes, type Platform } from '@tsreg/oci'
import { type Content, type ContentGraph, jsonContent } from './content.ts'
import type { MediaTypeFamily } from './image.ts'

export interface IndexOptions {
  /** Entries in their order; the platform of one that has it is written into its descriptor. */
  readonly manifests: readonly (ContentGraph & { readonly platform?: Platform })[]
  /** @default 'oci' */
  readonly family?: MediaTypeFamily
  readonly annotations?: Readonly<Record<string, string>>
  readonly artifactType?: string
  readonly subject?: Descriptor
}

/** Its `blobs` hold everything below the index, its manifests included. */
export function makeIndex({ manifests, family = 'oci', ...fields }: IndexOptions): ContentGraph {
  const mediaType = family === 'oci' ? mediaTypes.ociIndex : mediaTypes.dockerManifestList
  const manifest = jsonContent(mediaType, {
    schemaVersion: 2,
    mediaType,
    manifests: manifests.map(({ manifest: { descriptor }, platform }) =>
      platform === undefined ? descriptor : { ...descriptor, platform },
    ),
    ...fields,
  })
  const blobs = new Map<Digest, Content>()
  for (const entry of manifests) {
    for (const [digest, blob] of entry.blobs) blobs.set(digest, blob)
    blobs.set(entry.manifest.descriptor.digest, entry.manifest)
  }
  return { manifest, blobs }
}
