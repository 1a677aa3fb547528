/**
 * From the bytes of a manifest to a checked {@link Manifest}: strict on what image-spec requires, tolerant of fields
 * and media types it does not know, and safe on documents of strangers.
 * @module
 */
import { isIndexType, isManifestType, isSchema1Type, mediaTypes, parseMediaType } from '../media-types.ts'
import { arrayAt, decodeObject, invalid, type JsonObject, optional, show, stringMapAt } from './document.ts'
import type { Manifest, ManifestFields } from './manifest.ts'
import { descriptorAt, optionalMediaTypeAt } from './parse-descriptor.ts'

/**
 * @param mediaType the `Content-Type` it came with, or the type its descriptor names. Undefined: the document's own
 *   `mediaType`, and where it has none the OCI type that its fields show.
 * @throws MANIFEST_INVALID, whatever the bytes are; the message names the place in the document.
 */
export function parseManifest(bytes: Uint8Array, mediaType: string | undefined): Manifest {
  const announced = parseMediaType(mediaType)
  if (isSchema1Type(announced)) throw schema1()
  const document = decodeObject(bytes)
  const type = manifestTypeOf(document, announced)
  if (document.schemaVersion !== 2) {
    throw invalid('schemaVersion', `expected 2, got ${show(document.schemaVersion)}`)
  }
  return isIndexType(type) ? readIndex(document, type) : readImage(document, type)
}

function manifestTypeOf(document: JsonObject, announced: string): string {
  const own = optional(document, 'mediaType', '', optionalMediaTypeAt)?.toLowerCase() ?? ''
  if (document.schemaVersion === 1 || isSchema1Type(own)) throw schema1()
  if (own !== '' && announced !== '' && own !== announced) {
    throw invalid('mediaType', `is ${show(own)}, but the Content-Type is ${show(announced)}; they must be equal`)
  }
  return checkManifestType(own || (announced === '' ? typeByShape(document) : announced))
}

/** The bare media type of a manifest, given back. @throws MANIFEST_INVALID for any other type, with advice for schema 1 */
export function checkManifestType(type: string): string {
  if (isManifestType(type)) return type
  if (isSchema1Type(type)) throw schema1()
  throw invalid(
    'mediaType',
    `${show(type)} is not a manifest type; use ${mediaTypes.ociManifest} or ${mediaTypes.ociIndex}`,
  )
}

function typeByShape(document: JsonObject): string {
  if ('manifests' in document) return mediaTypes.ociIndex
  if ('config' in document) return mediaTypes.ociManifest
  throw invalid('mediaType', 'absent, and the document has neither config nor manifests that would tell its type')
}

function readImage(document: JsonObject, mediaType: string): Manifest {
  refuseFields(document, ['manifests', 'fsLayers'], 'an image manifest')
  return {
    kind: 'image',
    ...commonFields(document, mediaType),
    config: descriptorAt(document.config, 'config'),
    layers: descriptorsAt(document.layers, 'layers'),
  }
}

function readIndex(document: JsonObject, mediaType: string): Manifest {
  refuseFields(document, ['config', 'layers', 'fsLayers'], 'an index')
  return {
    kind: 'index',
    ...commonFields(document, mediaType),
    manifests: descriptorsAt(document.manifests, 'manifests'),
  }
}

// A document that can be read as two kinds shows different content to different clients (CVE-2021-41190).
function refuseFields(document: JsonObject, fields: readonly string[], kind: string): void {
  for (const field of fields) {
    if (document[field] !== undefined) throw invalid(field, `not allowed in ${kind}`)
  }
}

function commonFields(document: JsonObject, mediaType: string): ManifestFields {
  const subject = optional(document, 'subject', '', descriptorAt)
  const artifactType = optional(document, 'artifactType', '', optionalMediaTypeAt)
  const annotations = optional(document, 'annotations', '', stringMapAt)
  return {
    mediaType,
    ...(subject === undefined ? {} : { subject }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  }
}

function descriptorsAt(value: unknown, path: string) {
  // An empty slice of a writer in Go is null.
  if (value === null) return []
  return arrayAt(value, path).map((item, index) => descriptorAt(item, `${path}[${index}]`))
}

function schema1() {
  return invalid(
    'schemaVersion',
    'manifests of schema 1 are not supported; pull the image with docker 26 or older and push it again, which writes schema 2',
  )
}
