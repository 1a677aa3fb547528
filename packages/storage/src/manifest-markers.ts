/**
 * The markers that lead to a manifest: from its subject, from its image ID, from the beginning of its digest.
 * @module
 */
import { type Digest, encodedOf, isImageConfigType } from '@tsreg/oci'
import type { Manifest } from '@tsreg/oci/image'
import { idKey, imageKey, subjectKey } from './paths.ts'

export interface MarkedManifest {
  readonly repository: string
  readonly digest: Digest
  readonly manifest: Manifest
}

/** Their keys, without those of its tags and of its repository. */
export function manifestMarkers({ repository, digest, manifest }: MarkedManifest): readonly string[] {
  const keys = [idKey(encodedOf(digest), repository)]
  if (manifest.subject !== undefined) keys.push(subjectKey(repository, manifest.subject.digest, digest))
  if (manifest.kind === 'image' && isImageConfigType(manifest.config.mediaType)) {
    const configHex = encodedOf(manifest.config.digest)
    keys.push(imageKey(repository, configHex, digest), idKey(configHex, repository))
  }
  return keys
}
