/**
 * How deep indexes may be nested. Each level holds one manifest in memory while its parts are walked.
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { OciError } from '../errors.ts'

/** Levels of manifests from the root to an image manifest, both counted. */
export const maxDepth = 8

/** MANIFEST_INVALID for an index that lies too deep. */
export function tooDeep(descriptor: Descriptor): OciError {
  return new OciError('MANIFEST_INVALID', `${descriptor.digest} is nested more than ${maxDepth} levels deep`, {
    detail: { digest: descriptor.digest, limit: maxDepth },
  })
}
