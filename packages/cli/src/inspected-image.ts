/**
 * What `inspect` tells of an image: docker's fields, and every digest beside them under a name that says which one it is.
 * @module
 */
import type { Descriptor, Digest } from '@tsreg/oci'
import type { ImageConfig, ImageManifest } from '@tsreg/oci/image'

/** What is known of an image, wherever it is. */
export interface InspectedParts {
  /** What the reference points at: an image manifest or an index. */
  readonly root: Descriptor
  /** Of the image manifest. */
  readonly descriptor: Descriptor
  readonly manifest: ImageManifest
  /** Undefined for an artifact. */
  readonly config: ImageConfig | undefined
  readonly repoTags: readonly string[]
  readonly repoDigests: readonly string[]
}

/** Fields in the order in which docker prints them; the last five are ours. */
export function inspectedImage(parts: InspectedParts) {
  const { root, descriptor, manifest, config, repoTags, repoDigests } = parts
  const sizes = new Map([descriptor, manifest.config, ...manifest.layers].map(({ digest, size }) => [digest, size]))
  return {
    /** The image ID: the digest of the config, always. */
    Id: manifest.config.digest,
    RepoTags: repoTags,
    RepoDigests: repoDigests,
    Parent: '',
    Comment: config?.history?.at(-1)?.comment ?? '',
    Created: config?.created ?? '',
    Author: config?.author ?? '',
    Config: config?.config ?? null,
    Architecture: config?.architecture ?? '',
    ...(config?.variant === undefined ? {} : { Variant: config.variant }),
    Os: config?.os ?? '',
    Size: sizes.values().reduce((sum, size) => sum + size, 0),
    RootFS: { Type: 'layers', Layers: (config?.rootfs.diff_ids ?? []) as readonly Digest[] },
    ManifestDigest: descriptor.digest,
    MediaType: descriptor.mediaType,
    IndexDigest: root.digest === descriptor.digest ? null : root.digest,
    ArtifactType: manifest.artifactType ?? null,
    Layers: manifest.layers.map(({ digest, mediaType, size }) => ({
      Digest: digest,
      MediaType: mediaType,
      Size: size,
    })),
    Annotations: manifest.annotations ?? null,
  }
}

export type InspectedImage = ReturnType<typeof inspectedImage>
