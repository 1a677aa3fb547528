/**
 * Which image an image was built from. It is noted on the image's entry of `index.json` and is no part of its content: the
 * same image has the same ID whoever built it.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { parentAnnotation } from '../layout/index-file.ts'
import type { LayoutEntry, LayoutReader } from '../layout/layout.ts'
import { type LocalImage, readLocalImage } from './list.ts'

export { parentAnnotation }

/** The parent of what was built from nothing. */
export const scratch = 'scratch'

/** The ID of the image that it was built from; `scratch` for none; undefined for an image that was not built here. */
export function parentOf({ descriptor }: LayoutEntry): Digest | typeof scratch | undefined {
  return descriptor.annotations?.[parentAnnotation] as Digest | typeof scratch | undefined
}

/** The images that were built from this one by a single step, in the order in which they were made; each once. */
export async function imagesBuiltFrom(
  reader: LayoutReader,
  parent: Digest | typeof scratch,
  options: OperationOptions = {},
): Promise<readonly LocalImage[]> {
  const entries = (await reader.entries(options)).filter((entry) => parentOf(entry) === parent)
  const first = new Map(entries.toReversed().map((entry) => [entry.descriptor.digest, entry]))
  const images: LocalImage[] = []
  for (const entry of [...first.values()].reverse()) images.push(await readLocalImage(reader, entry, options))
  return images
}
