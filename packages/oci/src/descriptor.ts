/**
 * Content descriptors (image-spec, "OCI Content Descriptors").
 * @module
 */
import { type Digest, type DigestAlgorithm, digestOf } from './digest.ts'
import { mediaTypes } from './media-types.ts'
import type { Platform } from './platform.ts'

export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  /** Bytes of the content as stored. */
  readonly size: number
  readonly urls?: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
  /** The content itself, base64. */
  readonly data?: string
  readonly artifactType?: string
  readonly platform?: Platform
}

/** The descriptor of bytes in memory. */
export function descriptorOf(mediaType: string, bytes: Uint8Array, algorithm?: DigestAlgorithm): Descriptor {
  return { mediaType, digest: digestOf(bytes, algorithm), size: bytes.byteLength }
}

/** The two bytes `{}`: config and layer of an artifact that needs none (image-spec, "Guidance for an Empty Descriptor"). */
export const emptyDescriptor: Descriptor = {
  mediaType: mediaTypes.ociEmpty,
  digest: digestOf('{}'),
  size: 2,
  data: 'e30=',
}
