/**
 * A new image in a layout: its config and manifest written, and tagged.
 * @module
 */
import { type Descriptor, type Digest, descriptorOf, isOciError, mediaTypes } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ImageConfig } from '@tsreg/oci/image'
import type { Layout } from '../layout/layout.ts'
import { parentAnnotation, type scratch } from './parent.ts'

export interface NewImage {
  /** Written as JSON in the order of its fields: the same config gives the same image ID. */
  readonly config: ImageConfig
  /** One for each `rootfs.diff_ids` of the config; they lie in the layout. Those of docker become the same of OCI. */
  readonly layers: readonly Descriptor[]
  /** Of the manifest. */
  readonly annotations?: Readonly<Record<string, string>> | undefined
  /**
   * The image that it was made from, by its ID; `scratch` when it was made from none. The cache finds it by this, and `rmi`
   * removes unnamed parents with it. It is told in `index.json` alone and is no part of the image.
   * @default none: made elsewhere
   */
  readonly parent?: Digest | typeof scratch | undefined
}

export interface CommittedImage {
  readonly imageId: Digest
  readonly manifest: Descriptor
}

/**
 * Writes the image and points the references at it; without any it is kept as an image without a name.
 * @throws TypeError when layers and diff IDs are not of one number; MANIFEST_BLOB_UNKNOWN when a layer is not in the layout
 *   (any more); TAG_INVALID, LAYOUT_BUSY, STORAGE_FULL
 */
export async function commitImage(
  layout: Layout,
  image: NewImage,
  references: readonly string[] = [],
  options: OperationOptions = {},
): Promise<CommittedImage> {
  const { config, layers, annotations, parent } = image
  if (layers.length !== config.rootfs.diff_ids.length) {
    throw new TypeError(`an image has ${layers.length} layers and ${config.rootfs.diff_ids.length} diff IDs`)
  }
  const configContent = contentOf(mediaTypes.ociConfig, config)
  const manifestContent = contentOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: configContent.descriptor,
    layers: layers.map(asOci),
    ...(annotations === undefined ? {} : { annotations }),
  })
  const manifest = manifestContent.descriptor
  const noted = parent === undefined ? {} : { annotations: { [parentAnnotation]: parent } }
  for (const reference of references.length === 0 ? [manifest.digest] : references) {
    await unlessRemoved(async () => {
      await push(layout, configContent, options)
      await push(layout, manifestContent, options)
      await layout.tag(manifest, reference, { ...options, ...noted })
    })
  }
  return { imageId: configContent.descriptor.digest, manifest }
}

interface Content {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

function contentOf(mediaType: string, document: object): Content {
  const bytes = Buffer.from(JSON.stringify(document))
  return { descriptor: descriptorOf(mediaType, bytes), bytes }
}

function push(layout: Layout, { descriptor, bytes }: Content, options: OperationOptions): Promise<void> {
  const open = async ({ offset = 0 }) =>
    (async function* () {
      yield bytes.subarray(offset)
    })()
  return layout.push(descriptor, open, options)
}

/** Another process that removes the same image between push and tag takes its documents with it. */
async function unlessRemoved(work: () => Promise<void>): Promise<void> {
  const attempts = 3
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const isMissing = isOciError(error, 'MANIFEST_UNKNOWN') || isOciError(error, 'MANIFEST_BLOB_UNKNOWN')
      if (!isMissing || attempt === attempts) throw error
    }
  }
}

const ociTypeOf: Readonly<Record<string, string>> = {
  [mediaTypes.dockerLayer]: mediaTypes.ociLayer,
  [mediaTypes.dockerLayerGzip]: mediaTypes.ociLayerGzip,
  [mediaTypes.dockerLayerZstd]: mediaTypes.ociLayerZstd,
  [mediaTypes.dockerForeignLayer]: mediaTypes.ociNondistributableLayer,
  [mediaTypes.dockerForeignLayerGzip]: mediaTypes.ociNondistributableLayerGzip,
}

/** The same bytes under the name of the manifest's own family (image-spec, "Compatibility Matrix"). */
function asOci(layer: Descriptor): Descriptor {
  return { ...layer, mediaType: ociTypeOf[layer.mediaType] ?? layer.mediaType }
}
