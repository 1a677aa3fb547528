/**
 * What every driver demands of the parts of a multipart upload.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { Part } from './bucket.ts'
import { preconditionFailed } from './check-arguments.ts'

/** S3 allows 10,000 parts of any size; the embedded store's parts are small, so it needs more of them. */
const maxParts = 1_000_000

/** The size of a part about to be written. @throws TypeError, SIZE_INVALID (empty, or over `partSize`) */
export function checkPart(key: string, number: number, content: readonly Uint8Array[], partSize: number): number {
  if (!Number.isSafeInteger(number) || number < 1 || number > maxParts) {
    throw new TypeError(`part number: expected 1 to ${maxParts}, got ${number}`)
  }
  const size = content.reduce((sum, { byteLength }) => sum + byteLength, 0)
  if (size > 0 && size <= partSize) return size
  throw new OciError('SIZE_INVALID', `${key}: part ${number} has ${size} bytes, expected 1 to ${partSize}`, {
    detail: { key, number, expected: partSize, received: size },
  })
}

/** The size of the whole. @throws PRECONDITION_FAILED unless the parts are 1, 2, 3 ... and full but the last. */
export function checkParts(key: string, parts: readonly Part[], partSize: number): number {
  if (parts.length === 0) throw preconditionFailed(key, 'an upload cannot be completed without parts')
  let total = 0
  for (const [index, { number, size }] of parts.entries()) {
    if (number !== index + 1) throw preconditionFailed(key, `part ${index + 1} is missing, found ${number}`)
    if (index < parts.length - 1 ? size !== partSize : size < 1 || size > partSize) {
      throw preconditionFailed(key, `part ${number} has ${size} bytes, parts have ${partSize}`)
    }
    total += size
  }
  return total
}
