/**
 * An upload of unknown size may turn out to need more parts than the store takes. Then what is there becomes an object,
 * and is copied within the store into an upload with parts of twice the size.
 *
 * The session names the old upload until its next save. A process that is killed in between leaves a session that cannot
 * go on, BLOB_UPLOAD_UNKNOWN: its client starts anew, and the janitor finds everything under the session's prefix.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { mapBounded } from './bounded.ts'
import type { ETag, MultipartUpload, Part } from './bucket/bucket.ts'
import type { StorageContext } from './context.ts'

/** An upload in parts and where it goes. */
export interface PartedUpload {
  readonly upload: MultipartUpload
  readonly key: string
  readonly partSize: number
}

/** True when the upload must grow before it takes another part: an even number of full parts, and hardly any left. */
export function isFull({ upload }: PartedUpload, parts: number): boolean {
  const { maxParts, copyPart } = upload
  return maxParts !== undefined && copyPart !== undefined && parts % 2 === 0 && parts >= maxParts - 2
}

/**
 * Moves the full parts into a new upload under `key`.
 * @returns the new upload and the ETags of its parts, all full
 */
export async function growParts(
  context: StorageContext,
  full: PartedUpload,
  { etags, key }: { readonly etags: readonly ETag[]; readonly key: string },
  options: OperationOptions,
): Promise<PartedUpload & { readonly etags: ETag[] }> {
  const { bucket } = context
  const total = etags.length * full.partSize
  const parts = etags.map((etag, index): Part => ({ number: index + 1, size: full.partSize, etag }))
  await full.upload.complete(parts, { ifAbsent: true, ...options })
  // More than parts of this size can hold: the next size.
  const expectedBytes = full.partSize * (full.upload.maxParts ?? parts.length) + 1
  const upload = await bucket.startMultipart(key, { ...options, expectedBytes })
  try {
    const copied = await copyAll(upload, { key: full.key, total }, options)
    await bucket.delete(full.key, options)
    return { upload, key, partSize: upload.partSize, etags: copied }
  } catch (error) {
    await upload.abort().catch((failure: unknown) => context.options.onWarning(failure, `clean-up of ${key}`))
    throw error
  }
}

async function copyAll(
  upload: MultipartUpload,
  { key, total }: { readonly key: string; readonly total: number },
  options: OperationOptions,
): Promise<ETag[]> {
  const { partSize } = upload
  if (total % partSize !== 0) {
    throw new OciError('UNSUPPORTED', `${key}: ${total} bytes are no whole number of parts of ${partSize}`)
  }
  const numbers = Array.from({ length: total / partSize }, (_, index) => index + 1)
  return await mapBounded(numbers, async (number) => {
    const range = { start: (number - 1) * partSize, end: number * partSize - 1 }
    const part = await upload.copyPart?.(number, { key, range }, options)
    if (part === undefined) throw new OciError('UNSUPPORTED', `${key}: this bucket copies no parts`)
    return part.etag
  })
}
