/**
 * One image of a layout: what its reference, manifest and config say together.
 * @module
 */
import {
  annotations,
  type Descriptor,
  type Digest,
  hostPlatform,
  isImageConfigType,
  isImageManifestType,
  matchPlatform,
  OciError,
  type Platform,
} from '@tsreg/oci'
import { fetchContent, fetchManifest, type OperationOptions } from '@tsreg/oci/content'
import { type ImageConfig, type ImageManifest, parseImageConfig } from '@tsreg/oci/image'
import { heldManifests } from '../layout/complete.ts'
import type { LayoutReader } from '../layout/layout.ts'

/** The documents of an image. */
export interface ImageContent {
  /** The image manifest: what was asked for, or the manifest of an index that fits the platform. */
  readonly descriptor: Descriptor
  readonly manifest: ImageManifest
  /** Undefined for an artifact: its config is of another type. */
  readonly config: ImageConfig | undefined
}

export interface ImageContentOptions extends OperationOptions {
  /**
   * Of an index, the image for this platform; where the layout holds none that fits, the first that it holds.
   * @default the platform of this host
   */
  readonly platform?: Platform | undefined
}

/** The digest of an image's config, always: the same in every store (image-spec, "ImageID"). */
export function imageIdOf({ manifest }: Pick<ImageContent, 'manifest'>): Digest {
  return manifest.config.digest
}

/** RFC 3339; from the config, and of an artifact from the annotation. */
export function createdOf({ manifest, config }: ImageContent): string | undefined {
  return config?.created ?? manifest.annotations?.[annotations.created]
}

/** Bytes of the manifest, the config and each different layer, as they are stored (mostly compressed). */
export function storedSizeOf({ descriptor, manifest }: ImageContent): number {
  const parts = new Map([descriptor, manifest.config, ...manifest.layers].map((part) => [part.digest, part.size]))
  return parts.values().reduce((sum, size) => sum + size, 0)
}

/**
 * Reads what an entry of the layout leads to, verified.
 * @throws MANIFEST_UNKNOWN also for an index none of whose images the layout holds; BLOB_UNKNOWN, DIGEST_INVALID,
 *   CONTENT_CORRUPT, MANIFEST_INVALID
 */
export async function readImage(
  reader: LayoutReader,
  root: Descriptor,
  options: ImageContentOptions = {},
): Promise<ImageContent> {
  const descriptor = await imageManifestOf(reader, root, options)
  const { manifest } = await fetchManifest(reader, descriptor, options)
  if (manifest.kind !== 'image') throw new TypeError(`${descriptor.digest} is an index`)
  if (!isImageConfigType(manifest.config.mediaType)) return { descriptor, manifest, config: undefined }
  const config = parseImageConfig(await fetchContent(reader, manifest.config, options))
  return { descriptor, manifest, config }
}

async function imageManifestOf(
  reader: LayoutReader,
  root: Descriptor,
  options: ImageContentOptions,
): Promise<Descriptor> {
  if (isImageManifestType(root.mediaType)) return root
  const images = (await heldManifests(reader, root, options)).filter((held) => isImageManifestType(held.mediaType))
  const wanted = options.platform ?? hostPlatform()
  // Attestations hide behind the platform unknown/unknown.
  const real = images.filter(({ platform }) => platform?.os !== 'unknown')
  const found = matchPlatform(images, wanted) ?? real[0] ?? images[0]
  if (found !== undefined) return found
  throw new OciError('MANIFEST_UNKNOWN', `${reader.location} holds none of the images of ${root.digest}`, {
    detail: { digest: root.digest, location: reader.location },
  })
}
