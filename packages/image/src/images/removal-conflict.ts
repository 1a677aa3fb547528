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
  readonly force: boolean | undefined
  readonly user: ImageUser | undefined
}

/**
 * @param name as typed; undefined when it was the ID
 * @throws IN_USE without `force` when a container was made from the image; by ID always while one runs
 */
export function checkUnused(image: LocalImage, name: string | undefined, { user, force }: Use): void {
  if (user === undefined || (force === true && !user.isRunning)) return
  const container = user.containerId.slice(0, 12)
  const detail = { containerId: user.containerId }
  if (name !== undefined) {
    const message =
      `conflict: unable to remove repository reference "${name}" (must force) - ` +
      `container ${container} is using its referenced image ${shortId(image.imageId ?? image.root.digest)}`
    const advice = user.isRunning
      ? 'stop and remove the container first; force takes only the name away while it runs'
      : 'remove the container first, or use force'
    throw new ImageError('IN_USE', message, { detail: { ...detail, reference: image.reference }, advice })
  }
  const [how, state, advice] = user.isRunning
    ? ['cannot be forced', 'running', 'stop and remove the container first']
    : ['must be forced', 'stopped', 'remove the container first, or use force']
  throw inUse(image, how, `image is being used by ${state} container ${container}`, { detail, advice })
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
