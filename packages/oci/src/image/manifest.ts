/**
 * Manifests as data (image-spec, "Image Manifest" and "Image Index"): one union for both, of both families.
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { isNonDistributableType } from '../media-types.ts'

/** What image manifests and indexes have in common. */
export interface ManifestFields {
  readonly mediaType: string
  /** The manifest that this one says something about; it need not exist. */
  readonly subject?: Descriptor
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** An OCI image manifest or a Docker schema 2 manifest: an image, or an artifact. */
export interface ImageManifest extends ManifestFields {
  readonly kind: 'image'
  readonly config: Descriptor
  /** The base layer first. */
  readonly layers: readonly Descriptor[]
}

/** An OCI image index or a Docker manifest list. */
export interface IndexManifest extends ManifestFields {
  readonly kind: 'index'
  readonly manifests: readonly Descriptor[]
}

export type Manifest = ImageManifest | IndexManifest

/** What a manifest is made of: config and layers, or the manifests of an index. The `subject` is not a part of it. */
export function childrenOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === 'image' ? [manifest.config, ...manifest.layers] : manifest.manifests
}

/**
 * The `artifactType` of a manifest in a list of referrers (distribution-spec main, "Listing Referrers"): its own, else
 * the media type of the config; undefined for an index that has none.
 */
export function artifactTypeOf(manifest: Manifest): string | undefined {
  return manifest.artifactType ?? (manifest.kind === 'image' ? manifest.config.mediaType : undefined)
}

/** True for a layer that is fetched from its `urls` and that registries need not hold. */
export function isNonDistributable(descriptor: Descriptor): boolean {
  return (descriptor.urls !== undefined && descriptor.urls.length > 0) || isNonDistributableType(descriptor.mediaType)
}
