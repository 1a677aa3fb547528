/**
 * The OCI image layout (image-spec main, "Image Layout"): the names in it and the header file.
 *
 * ```
 * oci-layout                {"imageLayoutVersion":"1.0.0"}
 * index.json                an image index; the tag of an entry is its annotation org.opencontainers.image.ref.name
 * blobs/<alg>/<encoded>     content
 * ```
 * @module
 */
import { type Digest, encodedOf } from '../digest.ts'
import { decodeObject, invalid, show } from './document.ts'

/** Names in a layout directory, and the version that this project writes and reads. */
export const layout = {
  headerFile: 'oci-layout',
  indexFile: 'index.json',
  blobsDirectory: 'blobs',
  version: '1.0.0',
} as const

/** Content of the file `oci-layout`. */
export interface LayoutHeader {
  readonly imageLayoutVersion: string
}

/** The text that {@link layout.headerFile} holds. */
export const layoutHeaderText: string = JSON.stringify({ imageLayoutVersion: layout.version } satisfies LayoutHeader)

/** `blobs/sha256/<hex>`, always with forward slashes; no digest can lead out of the directory. */
export function blobPath(digest: Digest): string {
  return `${layout.blobsDirectory}/${digest.slice(0, digest.indexOf(':'))}/${encodedOf(digest)}`
}

/** @throws MANIFEST_INVALID when it is not a header, or one of another major version. */
export function parseLayoutHeader(bytes: Uint8Array): LayoutHeader {
  const { imageLayoutVersion } = decodeObject(bytes)
  if (typeof imageLayoutVersion === 'string' && /^1\.\d+\.\d+$/.test(imageLayoutVersion)) return { imageLayoutVersion }
  throw invalid('imageLayoutVersion', `expected ${show(layout.version)}, got ${show(imageLayoutVersion)}`)
}
