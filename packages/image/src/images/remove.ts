/**
 * Removing a local image: its reference, and with the last one its content.
 * @module
 */
import type { Descriptor } from '@tsreg/oci'
import { ImageError } from '../errors.ts'
import type { Layout } from '../layout/layout.ts'
import { type LocalImage, listImages } from './list.ts'
import { type ResolveImageOptions, resolveImage } from './resolve.ts'

export interface RemoveImageOptions extends ResolveImageOptions {
  /**
   * By ID, also an image that several references name.
   * @default false
   */
  readonly force?: boolean
}

/** One line of what happened, in its order: `Untagged: <reference>` or `Deleted: <digest>`. */
export type RemovalFact =
  | { readonly kind: 'untagged'; readonly reference: string }
  | { readonly kind: 'deleted'; readonly descriptor: Descriptor }

/**
 * By name: takes that reference away. By ID: all references of the image. Content that no other image needs is deleted:
 * manifests, then config and layers.
 * @throws IMAGE_UNKNOWN, AMBIGUOUS_ID; IN_USE for an ID that several references name, without `force`
 */
export async function removeImage(
  layout: Layout,
  text: string,
  options: RemoveImageOptions = {},
): Promise<readonly RemovalFact[]> {
  const { image, by } = await resolveImage(layout, text, options)
  const chosen = by === 'name' ? [image] : await sameImage(layout, image, options)
  const references = chosen.flatMap(({ reference }) => (reference === undefined ? [] : [reference]))
  if (by === 'id' && references.length > 1 && options.force !== true) throw inUse(image, references)
  // Chosen again under the lock: a reference that was moved meanwhile is another image.
  const { entries, deleted } = await layout.remove(
    ({ reference, descriptor }) =>
      chosen.some((row) => row.reference === reference && row.root.digest === descriptor.digest),
    options,
  )
  const untagged = entries.flatMap(({ reference }) =>
    reference === undefined ? [] : [{ kind: 'untagged' as const, reference }],
  )
  return [...untagged, ...deleted.map((descriptor) => ({ kind: 'deleted' as const, descriptor }))]
}

async function sameImage(
  layout: Layout,
  image: LocalImage,
  options: RemoveImageOptions,
): Promise<readonly LocalImage[]> {
  const images = await listImages(layout, options)
  return images.filter(
    ({ imageId, root }) => root.digest === image.root.digest || (imageId !== undefined && imageId === image.imageId),
  )
}

function inUse(image: LocalImage, references: readonly string[]): ImageError {
  const id = (image.imageId ?? image.root.digest).replace(/^.*:/, '').slice(0, 12)
  return new ImageError(
    'IN_USE',
    `conflict: unable to delete ${id} (must be forced) - image is referenced by ${references.join(', ')}`,
    { detail: { imageId: image.imageId, references } },
  )
}
