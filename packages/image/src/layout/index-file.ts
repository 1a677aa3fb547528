/**
 * `index.json` of a layout: entries read out of it, and put back with everything that others wrote there.
 * @module
 */
import { annotations, type Descriptor, formatReference, isDigest, mediaTypes, parseReference } from '@tsreg/oci'
import { parseManifest } from '@tsreg/oci/image'
import { ImageError } from '../errors.ts'
import type { LayoutEntry } from './layout.ts'

/** Room for some 200,000 images. */
export const maxIndexBytes: number = 64 * 1024 * 1024

/** The document as it was, and its entries. */
export interface IndexFile {
  readonly fields: Readonly<Record<string, unknown>>
  readonly entries: readonly IndexEntry[]
}

export interface IndexEntry extends LayoutEntry {
  /** As it stands in the file, with fields that the specification does not name. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** Says on an entry which image its image was built from: its ID, or `scratch`. */
export const parentAnnotation = 'dev.tsreg.image.parent'

/** A layout that holds nothing yet. */
export const emptyIndexFile: IndexFile = { fields: { schemaVersion: 2, mediaType: mediaTypes.ociIndex }, entries: [] }

/** @throws LAYOUT_INVALID naming the place in the document. */
export function parseIndexFile(bytes: Uint8Array, location: string): IndexFile {
  try {
    const manifest = parseManifest(bytes, undefined)
    if (manifest.kind !== 'index') throw new TypeError('it is an image manifest, not an index')
    const fields = JSON.parse(Buffer.from(bytes).toString('utf8'))
    const raw: readonly Readonly<Record<string, unknown>>[] = fields.manifests ?? []
    return { fields, entries: manifest.manifests.map((descriptor, at) => entryOf(descriptor, raw[at] ?? {})) }
  } catch (cause) {
    throw new ImageError('LAYOUT_INVALID', `index.json of ${location} is damaged: ${(cause as Error).message}`, {
      detail: { location },
      advice: 'restore the file, or remove the layout and pull its images again',
      cause,
    })
  }
}

export function formatIndexFile({ fields, entries }: IndexFile): string {
  return JSON.stringify({ ...fields, manifests: entries.map((entry) => entry.raw) })
}

/**
 * The entry for a reference: the annotation of image-spec and, where the reference is a full one, that of containerd as
 * well. A digest makes an entry without a reference.
 * @param noted annotations of the entry beside those that name it
 */
export function makeEntry(
  target: Descriptor,
  reference: string,
  noted: Readonly<Record<string, string>> = {},
): IndexEntry {
  const { mediaType, digest, size, artifactType, platform } = target
  const described: Descriptor = {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(platform === undefined ? {} : { platform }),
  }
  const descriptor = Object.keys(noted).length === 0 ? described : { ...described, annotations: noted }
  if (isDigest(reference)) return { descriptor, reference: undefined, raw: { ...descriptor } }
  const naming = {
    ...noted,
    ...(isFullReference(reference) ? { [annotations.containerdImageName]: reference } : {}),
    [annotations.refName]: reference,
  }
  return { descriptor, reference, raw: { ...described, annotations: naming } }
}

/** The entry as one without a reference. */
export function withoutReference(entry: IndexEntry): IndexEntry {
  const { annotations: naming, ...raw } = entry.raw
  const kept = entry.descriptor.annotations
  return { ...entry, reference: undefined, raw: kept === undefined ? raw : { ...raw, annotations: kept } }
}

function entryOf(described: Descriptor, raw: Readonly<Record<string, unknown>>): IndexEntry {
  const { annotations: all = {}, ...descriptor } = described
  const { [annotations.refName]: refName, [annotations.containerdImageName]: fullName, ...rest } = all
  const kept = Object.keys(rest).length === 0 ? descriptor : { ...descriptor, annotations: rest }
  // docker and containerd write the tag alone as ref.name, and the full reference beside it.
  return {
    descriptor: kept,
    reference: refName === undefined || isTagOf(refName, fullName) ? (fullName ?? refName) : refName,
    raw,
  }
}

function isTagOf(refName: string, fullName: string | undefined): boolean {
  return fullName?.endsWith(`:${refName}`) === true
}

function isFullReference(reference: string): boolean {
  try {
    return formatReference(parseReference(reference)) === reference
  } catch {
    return false
  }
}
