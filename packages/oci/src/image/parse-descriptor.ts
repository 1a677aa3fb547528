/**
 * Descriptors read out of a document (image-spec main, "OCI Content Descriptors").
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { isDigest } from '../digest.ts'
import type { Platform } from '../platform.ts'
import { invalid, join, objectAt, optional, show, stringAt, stringMapAt, stringsAt } from './document.ts'

/** A checked descriptor with the fields of the specification; others are left out. @throws MANIFEST_INVALID with the path */
export function descriptorAt(value: unknown, path: string): Descriptor {
  const object = objectAt(value, path)
  const size = sizeAt(object.size, join(path, 'size'))
  const urls = optional(object, 'urls', path, stringsAt)
  const annotations = optional(object, 'annotations', path, stringMapAt)
  const data = optional(object, 'data', path, (text, at) => base64At(text, at, size))
  const artifactType = optional(object, 'artifactType', path, optionalMediaTypeAt)
  const platform = optional(object, 'platform', path, platformAt)
  return {
    mediaType: mediaTypeAt(object.mediaType, join(path, 'mediaType')),
    digest: digestAt(object.digest, join(path, 'digest')),
    size,
    ...(urls === undefined ? {} : { urls }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(data === undefined ? {} : { data }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(platform === undefined ? {} : { platform }),
  }
}

const restrictedName = '[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}'
const mediaTypeGrammar = new RegExp(`^${restrictedName}/${restrictedName}(?:\\s*;.{0,200})?$`)

/** RFC 6838, section 4.2. Parameters are let through: artifacts in use have them. */
export function mediaTypeAt(value: unknown, path: string): string {
  const text = stringAt(value, path)
  if (mediaTypeGrammar.test(text)) return text
  throw invalid(path, `${show(text)} is not a media type; expected e.g. application/vnd.oci.image.config.v1+json`)
}

/** Like {@link mediaTypeAt}; the empty string stands for absence. */
export function optionalMediaTypeAt(value: unknown, path: string): string | undefined {
  return value === '' ? undefined : mediaTypeAt(value, path)
}

function digestAt(value: unknown, path: string) {
  const text = stringAt(value, path)
  if (isDigest(text)) return text
  throw invalid(path, `${show(text)} is not a digest; expected e.g. sha256:<64 lower-case hex digits>`)
}

function sizeAt(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw invalid(path, `expected a whole number of bytes, 0 or more, got ${show(value)}`)
}

const base64Grammar = /^[A-Za-z0-9+/]*={0,2}$/

function base64At(value: unknown, path: string, size: number): string {
  const text = stringAt(value, path)
  if (text.length % 4 !== 0 || !base64Grammar.test(text)) throw invalid(path, 'not base64 (RFC 4648, section 4)')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const length = (text.length / 4) * 3 - padding
  if (length !== size) throw invalid(path, `holds ${length} bytes, the descriptor says ${size}`)
  return text
}

function platformAt(value: unknown, path: string): Platform {
  const object = objectAt(value, path)
  const variant = optional(object, 'variant', path, stringAt)
  const version = optional(object, 'os.version', path, stringAt)
  const features = optional(object, 'os.features', path, stringsAt)
  return {
    architecture: stringAt(object.architecture, join(path, 'architecture')),
    os: stringAt(object.os, join(path, 'os')),
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { 'os.version': version }),
    ...(features === undefined ? {} : { 'os.features': features }),
  }
}
