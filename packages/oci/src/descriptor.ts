/**
 * Content descriptors (image-spec, "OCI Content Descriptors").
 * @module
 */
import type { Digest } from './digest.ts'
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
