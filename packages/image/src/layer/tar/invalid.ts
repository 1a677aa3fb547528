/**
 * What can be wrong with a tar archive.
 * @module
 */
import { ImageError } from '../../errors.ts'

/** ARCHIVE_INVALID: the archive is damaged, or made to do harm. */
export function invalidTar(why: string): ImageError {
  return new ImageError('ARCHIVE_INVALID', `not a valid tar archive: ${why}`, { detail: { reason: why } })
}

/** ARCHIVE_UNSUPPORTED: it may be sound, and we do not read it. */
export function unsupportedTar(what: string): ImageError {
  return new ImageError('ARCHIVE_UNSUPPORTED', `tar archives with ${what} are not supported`, {
    detail: { feature: what },
    advice: 'write the archive again with plain files, for example with "tar --format=pax"',
  })
}
