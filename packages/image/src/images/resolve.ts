/**
 * From what a person typed to an image of the layout: a name, a digest, an ID or the beginning of one.
 * @module
 */
import { type Digest, formatReference, isDigest, parseReference, type Reference, withDefaultTag } from '@tsreg/oci'
import { ImageError } from '../errors.ts'
import type { LayoutReader } from '../layout/layout.ts'
import { type LocalImage, listImages, readLocalImage } from './list.ts'
import type { ImageContentOptions } from './local-image.ts'

export interface ResolveImageOptions extends ImageContentOptions {
  /**
   * Registry of names that name none.
   * @default 'docker.io'
   */
  readonly defaultRegistry?: string | undefined
}

export interface ResolvedImage {
  readonly image: LocalImage
  /** `name` when a reference was typed, `id` when it was a digest, an ID or the beginning of one. */
  readonly by: 'name' | 'id'
}

/**
 * The image that `text` names: a reference of the layout as it stands there, `name[:tag]`, `name@digest`, a digest or ID
 * in full, or hex digits that only one image's ID or digest begins with. A name wins over an ID.
 * @throws IMAGE_UNKNOWN; AMBIGUOUS_ID with the candidates
 */
export async function resolveImage(
  reader: LayoutReader,
  text: string,
  options: ResolveImageOptions = {},
): Promise<ResolvedImage> {
  const named = await findByName(reader, text, options)
  if (named !== undefined) return { image: named, by: 'name' }
  const found = idPattern.test(text) || isDigest(text) ? await findById(reader, text, options) : undefined
  if (found !== undefined) return { image: found, by: 'id' }
  const reference = readReference(text, options)
  const shown = reference === undefined ? text : formatReference(withDefaultTag(reference))
  throw new ImageError('IMAGE_UNKNOWN', `No such image: ${shown.slice(0, 300)}`, {
    detail: { image: text.slice(0, 300) },
  })
}

const idPattern = /^(?:sha256:)?[0-9a-f]{1,64}$/

async function findByName(
  reader: LayoutReader,
  text: string,
  options: ResolveImageOptions,
): Promise<LocalImage | undefined> {
  const entries = await reader.entries(options)
  const reference = readReference(text, options)
  const wanted = reference === undefined ? undefined : formatReference(withDefaultTag(reference))
  const entry =
    entries.find((candidate) => candidate.reference === text) ??
    entries.find((candidate) => candidate.reference === wanted && wanted !== undefined)
  if (entry !== undefined) return readLocalImage(reader, entry, options)
  return reference?.digest === undefined ? undefined : findByDigest(reader, reference, reference.digest, options)
}

/** `name@digest`, of a manifest or index that has a reference in the repository; a tag between them is not looked at. */
async function findByDigest(
  reader: LayoutReader,
  { registry, repository }: Reference,
  digest: Digest,
  options: ResolveImageOptions,
): Promise<LocalImage | undefined> {
  const images = await listImages(reader, options)
  return images.find(
    (image) =>
      image.repository === `${registry}/${repository}` &&
      (image.root.digest === digest || image.manifestDigest === digest),
  )
}

async function findById(
  reader: LayoutReader,
  text: string,
  options: ResolveImageOptions,
): Promise<LocalImage | undefined> {
  const prefix = text.includes(':') ? text : `sha256:${text}`
  const images = await listImages(reader, options)
  const matches = images.filter((image) => digestsOf(image).some((digest) => digest.startsWith(prefix)))
  const [first] = matches
  const candidates = Map.groupBy(matches, (image) => image.imageId ?? image.root.digest)
  if (candidates.size <= 1) return first
  const listed = [...candidates].map(([id, rows]) => ({
    id,
    references: rows.map(({ reference }) => reference ?? '<none>'),
  }))
  const lines = listed.slice(0, 20).map(({ id, references }) => `${id} (${references.join(', ')})`)
  throw new ImageError(
    'AMBIGUOUS_ID',
    `${text} is the beginning of ${candidates.size} image IDs: ${lines.join('; ')}`,
    {
      detail: { prefix: text, candidates: listed },
    },
  )
}

function digestsOf(image: LocalImage): readonly string[] {
  return [image.imageId, image.manifestDigest, image.root.digest].filter((digest) => digest !== undefined)
}

function readReference(text: string, { defaultRegistry }: ResolveImageOptions): Reference | undefined {
  try {
    return parseReference(text, { defaultRegistry })
  } catch {
    return undefined
  }
}
