/**
 * What speaks against removing an image, in docker's words.
 * @module
 */
import { shortId } from '@tsreg/oci'
import { ImageError } from '../errors.ts'
import type { LocalImage } from './list.ts'

/** A container that was made from an image. */
export interface ImageUser {
  /** In full. */
  readonly containerId: string
  readonly isRunning: boolean
}

/** @throws IN_USE when there is a child: it would stay, and its parent could not be found any more. */
export function checkNoChild(image: LocalImage, children: readonly LocalImage[]): void {
  if (children.length === 0) return
  throw inUse(image, 'cannot be forced', 'image has dependent child images', {
    advice: 'remove the images that were built from it first',
    detail: { children: children.map(({ imageId }) => imageId) },
  })
}

/** @throws IN_USE for several references without `force`. */
export function checkReferences(
  image: LocalImage,
  rows: readonly LocalImage[],
  { force }: { readonly force?: boolean | undefined },
): void {
  const references = rows.flatMap(({ reference }) => (reference === undefined ? [] : [reference]))
  if (references.length < 2 || force === true) return
  throw inUse(image, 'must be forced', `image is referenced by ${references.join(', ')}`, { detail: { references } })
}

export interface Use {
  readonly force?: boolean
  readonly userOf?: ((imageId: NonNullable<LocalImage['imageId']>) => Promise<ImageUser | undefined>) | undefined
}

/** @throws IN_USE when a container runs the image, or a stopped one was made from it and there is no `force`. */
export async function checkUnused(image: LocalImage, by: 'name' | 'id', { userOf, force }: Use): Promise<void> {
  const user = image.imageId === undefined ? undefined : await userOf?.(image.imageId)
  if (user === undefined || (force === true && !user.isRunning)) return
  const container = user.containerId.slice(0, 12)
  const detail = { containerId: user.containerId }
  const advice = user.isRunning ? 'stop and remove the container first' : 'remove the container first, or use force'
  if (user.isRunning) {
    throw inUse(image, 'cannot be forced', `image is being used by running container ${container}`, { detail, advice })
  }
  if (by === 'id') {
    throw inUse(image, 'must be forced', `image is being used by stopped container ${container}`, { detail, advice })
  }
  const message =
    `conflict: unable to remove repository reference "${image.reference}" (must force) - ` +
    `container ${container} is using its referenced image ${shortId(image.imageId ?? image.root.digest)}`
  throw new ImageError('IN_USE', message, { detail: { ...detail, reference: image.reference }, advice })
}

function inUse(
  { imageId, root }: LocalImage,
  how: string,
  why: string,
  { detail, advice }: { readonly detail: Readonly<Record<string, unknown>>; readonly advice?: string },
): ImageError {
  return new ImageError('IN_USE', `conflict: unable to delete ${shortId(imageId ?? root.digest)} (${how}) - ${why}`, {
    detail: { imageId, ...detail },
    advice,
  })
}
