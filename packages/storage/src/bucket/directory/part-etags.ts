/**
 * ETags of parts: a nonce, so that a part written again is another version, and a fingerprint of the part's checksums,
 * so that a process which did not write the part can tell whether the bytes in the file are still those of the ETag.
 * @module
 */
import { hash, randomBytes } from 'node:crypto'
import type { ETag } from '../bucket.ts'
import { type BlockChecksums, encodeChecksums } from './checksums.ts'

export function newPartEtag(size: number, checksums: BlockChecksums): ETag {
  return `${randomBytes(4).toString('base64url')}.${fingerprint(size, checksums)}` as ETag
}

export function isEtagOf(etag: string, size: number, checksums: BlockChecksums): boolean {
  return etag.split('.', 2)[1] === fingerprint(size, checksums)
}

/** 64 bits of a hash: short, because thousands of ETags stand in one session cell. */
function fingerprint(size: number, checksums: BlockChecksums): string {
  const bytes = Buffer.concat([encodeChecksums(checksums), Buffer.from(`${size}`)])
  return hash('sha256', bytes, 'base64url').slice(0, 11)
}
