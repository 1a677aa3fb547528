/**
 * The list of local images: a row for each reference, and for each image without one.
 * @module
 */
import { type Descriptor, type Digest, type Platform, parseReference } from '@tsreg/oci'
import { parentAnnotation } from '../layout/index-file.ts'
import type { LayoutEntry, LayoutReader } from '../layout/layout.ts'
import {
  createdOf,
  type ImageContent,
  type ImageContentOptions,
  imageIdOf,
  readImage,
  storedSizeOf,
} from './local-image.ts'

/** A row of the list. */
export interface LocalImage {
  /** As the layout has it; undefined for a dangling image. */
  readonly reference: string | undefined
  /** With its registry, for example `localhost:5000/centos`; undefined where the reference is a bare tag or absent. */
  readonly repository: string | undefined
  readonly tag: string | undefined
  /** What the reference points at: an image manifest or an index. */
  readonly root: Descriptor
  /** Digest of the image manifest; equal to `root.digest` when that is no index. */
  readonly manifestDigest: Digest | undefined
  /** Digest of the config. */
  readonly imageId: Digest | undefined
  /** RFC 3339 */
  readonly created: string | undefined
  readonly platform: Platform | undefined
  /** Bytes stored for manifest, config and layers. Layers shared with other images count for each. */
  readonly sizeBytes: number
  /** The ID of the image that it was built from, `scratch` for none; undefined when it was not built here. */
  readonly parent: Digest | 'scratch' | undefined
  /** Without a reference, and another image was built from it: a step on the way to that. */
  readonly isIntermediate: boolean
  /** Why the fields that come from manifest and config are absent: content of the image is missing or damaged. */
  readonly problem: Error | undefined
}

/** All images, the newest first; broken ones are in the list with their problem. */
export async function listImages(
  reader: LayoutReader,
  options: ImageContentOptions = {},
): Promise<readonly LocalImage[]> {
  const images: LocalImage[] = []
  const read = new Map<Digest, Promise<ImageContent | Error>>()
  for (const entry of await reader.entries(options)) {
    const { digest } = entry.descriptor
    const content = read.get(digest) ?? readOrProblem(reader, entry.descriptor, options)
    read.set(digest, content)
    images.push(describeImage(entry, await content))
  }
  const parents = new Set<string | undefined>(images.map(({ parent }) => parent))
  return images
    .map((image) => ({ ...image, isIntermediate: image.reference === undefined && parents.has(image.imageId ?? '') }))
    .sort((a, b) => timeOf(b) - timeOf(a))
}

/** The row of one entry, without a look at the others: it is never one of an intermediate image. */
export async function readLocalImage(
  reader: LayoutReader,
  entry: LayoutEntry,
  options: ImageContentOptions = {},
): Promise<LocalImage> {
  return describeImage(entry, await readOrProblem(reader, entry.descriptor, options))
}

async function readOrProblem(
  reader: LayoutReader,
  root: Descriptor,
  options: ImageContentOptions,
): Promise<ImageContent | Error> {
  try {
    return await readImage(reader, root, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    return error as Error
  }
}

function describeImage({ reference, descriptor }: LayoutEntry, content: ImageContent | Error): LocalImage {
  const parent = descriptor.annotations?.[parentAnnotation] as LocalImage['parent']
  const named = { reference, ...namesOf(reference), root: descriptor, parent, isIntermediate: false }
  if (!('manifest' in content)) {
    const unknown = { manifestDigest: undefined, imageId: undefined, created: undefined, platform: undefined }
    return { ...named, ...unknown, sizeBytes: 0, problem: content }
  }
  return {
    ...named,
    manifestDigest: content.descriptor.digest,
    imageId: imageIdOf(content),
    created: createdOf(content),
    platform: content.config === undefined ? content.descriptor.platform : platformOf(content.config),
    sizeBytes: storedSizeOf(content),
    problem: undefined,
  }
}

function platformOf({ os, architecture, variant }: Platform): Platform {
  return { os, architecture, ...(variant === undefined ? {} : { variant }) }
}

/** A bare tag is the tag of a layout whose repository is known from elsewhere. */
function namesOf(reference: string | undefined): { repository: string | undefined; tag: string | undefined } {
  if (reference === undefined) return { repository: undefined, tag: undefined }
  if (!reference.includes('/')) return { repository: undefined, tag: reference }
  try {
    const { registry, repository, tag } = parseReference(reference)
    return { repository: `${registry}/${repository}`, tag }
  } catch {
    return { repository: undefined, tag: reference }
  }
}

function timeOf({ created }: LocalImage): number {
  const time = created === undefined ? Number.NaN : Date.parse(created)
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time
}
