/**
 * The checks every driver makes at its entrance, so that a wrong call fails the same way on all of them.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { ByteRange, ListOptions, WriteCondition } from './bucket.ts'
import { checkKey } from './keys.ts'

/** Largest body of `put`, `batch` and `read`. */
export const maxCellBytes = 8 * 1024 * 1024
const maxListLimit = 1000

/** @throws TypeError for a bad key or contradicting conditions, SIZE_INVALID for a body over {@link maxCellBytes}. */
export function checkWrite(key: string, body: Uint8Array | undefined, condition: WriteCondition): void {
  checkKey(key)
  checkCondition(condition)
  if (body === undefined) {
    if (condition.ifAbsent === true) throw new TypeError('ifAbsent: a delete cannot require that the object is absent')
  } else if (body.byteLength > maxCellBytes) throw cellTooLarge(key, body.byteLength)
}

export function checkCondition(condition: WriteCondition): void {
  if (condition.ifAbsent === true && condition.ifMatch !== undefined) {
    throw new TypeError('ifAbsent and ifMatch exclude each other')
  }
}

export function cellTooLarge(key: string, size: number): OciError {
  return new OciError(
    'SIZE_INVALID',
    `${key}: ${size} bytes are too many for a cell (at most ${maxCellBytes}); stream it`,
    {
      detail: { key, expected: maxCellBytes, received: size },
    },
  )
}

/** The page length of a list, from 0 to 1000. @throws TypeError */
export function listLimit({ limit = maxListLimit }: ListOptions): number {
  if (!Number.isSafeInteger(limit) || limit < 0) throw new TypeError(`limit: expected a natural number, got ${limit}`)
  return Math.min(limit, maxListLimit)
}

/** @throws RANGE_INVALID when the range does not lie within `size` bytes. */
export function checkRange(key: string, { start, end }: ByteRange, size: number): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end && end < size) return
  throw new OciError('RANGE_INVALID', `${key}: bytes ${start}-${end} of ${size} cannot be read`, {
    detail: { key, start, end, size },
  })
}

/** @throws TypeError when metadata could not travel in an S3 header. */
export function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[a-z0-9-]+$/.test(name)) throw new TypeError(`metadata: not a lower-case name: ${JSON.stringify(name)}`)
    if (!/^[\x20-\x7e]*$/.test(value)) throw new TypeError(`metadata: the value of ${name} is not printable ASCII`)
  }
}

/** @throws SIZE_INVALID unless `expected` is absent or the size received. */
export function checkSize(key: string, expected: number | undefined, received: number): void {
  if (expected === undefined || expected === received) return
  throw new OciError('SIZE_INVALID', `${key}: ${expected} bytes were announced, ${received} arrived`, {
    detail: { key, expected, received },
  })
}

export function objectUnknown(key: string): OciError {
  return new OciError('BLOB_UNKNOWN', `${key}: no such object in the bucket`, { detail: { key } })
}

export function uploadUnknown(key: string, id: string): OciError {
  return new OciError('BLOB_UPLOAD_UNKNOWN', `${key}: multipart upload ${id} is unknown, completed or aborted`, {
    detail: { key, id },
  })
}

export function preconditionFailed(key: string, what: string): OciError {
  return new OciError('PRECONDITION_FAILED', `${key}: ${what}`, { detail: { key } })
}
