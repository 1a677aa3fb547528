/**
 * ETags: ours are S3's without quotes. Servers disagree on which form `If-Match` takes, so the probe finds out.
 * @module
 */
import { createHash } from 'node:crypto'
import type { ETag, Part } from '../bucket.ts'

/** How the server wants to have an ETag in `If-Match`. */
export type EtagForm = 'plain' | 'quoted'

/** `"abc"` as `abc`; undefined when the server told none. */
export function readEtag(text: string | undefined): ETag | undefined {
  const plain = text?.replace(/^W\//, '').replace(/^"(.*)"$/, '$1')
  return plain === undefined || plain === '' ? undefined : (plain as ETag)
}

export function writeEtag(etag: ETag, form: EtagForm): string {
  return form === 'quoted' ? `"${etag}"` : etag
}

/**
 * ETag of a part as it is kept in sessions: S3's, and its size where it is not a full one (`abc/4321`), because S3 is not
 * told sizes at completion and could not refuse a wrong one.
 */
export function partEtag(etag: ETag, size: number, partSize: number): ETag {
  return size === partSize ? etag : (`${etag}/${size}` as ETag)
}

/** S3's ETag of a part; undefined when it is not of a part of this size. */
export function etagOfPart({ etag, size }: Part, partSize: number): ETag | undefined {
  const [plain = '', recorded] = etag.split('/')
  return (recorded === undefined ? partSize : Number(recorded)) === size ? (plain as ETag) : undefined
}

/**
 * What servers give a completed upload as ETag: the MD5 of the MD5s of its parts and their number. Undefined when the
 * ETags of the parts are no MD5s, as with encryption by KMS.
 */
export function completedEtag(parts: readonly ETag[]): ETag | undefined {
  if (!parts.every((etag) => /^[0-9a-f]{32}$/i.test(etag))) return undefined
  const hash = createHash('md5')
  for (const etag of parts) hash.update(Buffer.from(etag, 'hex'))
  return `${hash.digest('hex')}-${parts.length}` as ETag
}
