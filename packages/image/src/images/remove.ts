/**
 * Removing a local image: its reference, and with the last one its content and the unnamed images that it was built from.
 * @module
 */
import type { Descriptor, Digest } from '@tsreg/oci'
import type { Layout } from '../layout/layout.ts'
import { type LocalImage, listImages } from './list.ts'
import { checkNoChild, checkReferences, checkUnused, type ImageUser } from './removal-conflict.ts'
import { type ResolveImageOptions, resolveImage } from './resolve.ts'

export interface RemoveImageOptions extends ResolveImageOptions {
  /**
   * By ID, also an image that several references name; and one that a stopped container was made from.
   * @default false
   */
  readonly force?: boolean
  /** Also removes the unnamed images that it was built from, as far as nothing else needs them. @default true */
  readonly parents?: boolean
  /** A container that was made from the image; of several, a running one. @default there are no containers */
  readonly userOf?: ((imageId: Digest) => Promise<ImageUser | undefined>) | undefined
}

/** One line of what happened, in its order: `Untagged: <reference>` or `Deleted: <digest>`. */
export type RemovalFact =
  | { readonly kind: 'untagged'; readonly reference: string }
  | { readonly kind: 'deleted'; readonly descriptor: Descriptor }

/**
 * By name: takes that reference away. By ID: all references of the image. With the last reference the image goes, unless
 * another was built from it or (by force) a container runs it, and with it the images that it was built from as far as they have no name and no other use.
 * Content that no other image needs is deleted: manifests and configs, then layers.
 * @throws IMAGE_UNKNOWN, AMBIGUOUS_ID; IN_USE for an ID that several references name or for the image of a stopped
 *   container, both without `force`; for the name of an image with a container, without `force`; for an ID that another
 *   image was built from, and for that of a running container
 */
export async function removeImage(
  layout: Layout,
  text: string,
  options: RemoveImageOptions = {},
): Promise<readonly RemovalFact[]> {
  const { image, by } = await resolveImage(layout, text, options)
  const images = await listImages(layout, options)
  const same = images.filter((row) => isSame(row, image))
  const children = images.filter((row) => row.parent !== undefined && row.parent === image.imageId)
  if (by === 'name' && (same.length > 1 || children.length > 0)) return untag(layout, image, options)
  if (by === 'id') {
    checkNoChild(image, children)
    checkReferences(image, same, options)
  }
  const user = image.imageId === undefined ? undefined : await options.userOf?.(image.imageId)
  if (by === 'name' && options.force === true && user?.isRunning === true) return untag(layout, image, options)
  checkUnused(image, by === 'name' ? text : undefined, { user, force: options.force })
  const parents = options.parents === false ? [] : await removableParents(image, images, options)
  return removeRows(layout, [...same, ...parents], options)
}

/** As one and the same image: under the same entry, or with the same ID. */
function isSame(row: LocalImage, image: LocalImage): boolean {
  return row.root.digest === image.root.digest || (row.imageId !== undefined && row.imageId === image.imageId)
}

/** What is still needed, by another name or by an image built from it, loses this name only. */
async function untag(layout: Layout, image: LocalImage, options: RemoveImageOptions): Promise<readonly RemovalFact[]> {
  const entries = await layout.untag(
    ({ reference, descriptor }) => reference === image.reference && descriptor.digest === image.root.digest,
    options,
  )
  return entries.map(({ reference = '' }) => ({ kind: 'untagged', reference }))
}

/** From the image downwards, up to one with a name, with another child, or with a container. */
async function removableParents(
  image: LocalImage,
  images: readonly LocalImage[],
  { userOf }: RemoveImageOptions,
): Promise<readonly LocalImage[]> {
  const removed: LocalImage[] = [image]
  for (let { parent } = image; parent !== undefined && parent !== 'scratch'; ) {
    const rows = images.filter(({ imageId }) => imageId === parent)
    const [first] = rows
    const isNeeded =
      first === undefined ||
      rows.some(({ reference }) => reference !== undefined) ||
      images.some((row) => row.parent === parent && !removed.some((gone) => isSame(gone, row))) ||
      (await userOf?.(parent)) !== undefined
    if (isNeeded) break
    removed.push(...rows)
    parent = first.parent
  }
  return removed.slice(1)
}

async function removeRows(
  layout: Layout,
  rows: readonly LocalImage[],
  options: RemoveImageOptions,
): Promise<readonly RemovalFact[]> {
  // Chosen again under the lock: a reference that was moved meanwhile is another image.
  const { entries, deleted } = await layout.remove(
    ({ reference, descriptor }) =>
      rows.some((row) => row.reference === reference && row.root.digest === descriptor.digest),
    options,
  )
  const untagged = entries.flatMap(({ reference }) =>
    reference === undefined ? [] : [{ kind: 'untagged' as const, reference }],
  )
  const rank = ({ digest }: Descriptor) => {
    const at = rows.findIndex((row) => [row.root.digest, row.manifestDigest, row.imageId].includes(digest))
    return at < 0 ? rows.length : at
  }
  const ordered = deleted.toSorted((a, b) => rank(a) - rank(b))
  return [...untagged, ...ordered.map((descriptor) => ({ kind: 'deleted' as const, descriptor }))]
}
