/**
 * Artifacts: manifests that hold something else than an image, possibly about another manifest.
 * @module
 */
import { type Descriptor, emptyDescriptor, mediaTypes } from '@tsreg/oci'
import { type Content, type ContentGraph, contentOf, jsonContent } from './content.ts'

export interface ArtifactOptions {
  /** What the artifact is about. */
  readonly subject?: Descriptor
  /** @default 'application/vnd.example.artifact' */
  readonly artifactType?: string
  /** Its one layer. @default the empty content `{}` */
  readonly content?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** An artifact manifest with the empty config. */
export function makeArtifact(options: ArtifactOptions = {}): ContentGraph {
  const { artifactType = 'application/vnd.example.artifact', content, subject, annotations } = options
  const empty: Content = { descriptor: emptyDescriptor, bytes: Buffer.from('{}') }
  const layer = content === undefined ? empty : contentOf('text/plain', content)
  const manifest = jsonContent(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: emptyDescriptor,
    layers: [layer.descriptor],
    ...(subject === undefined ? {} : { subject }),
    ...(annotations === undefined ? {} : { annotations }),
  })
  return { manifest, blobs: new Map([empty, layer].map((blob) => [blob.descriptor.digest, blob])) }
}
