/**
 * Tails: objects with the bytes of an upload that do not fill a part yet. Each PATCH adds one; when many of about one
 * size have come together they are merged into one of the next size class, so that no byte is written more often than
 * there are size classes, however small the chunks are.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { isOciError, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { mapBounded } from './bounded.ts'
import type { StorageContext } from './context.ts'
import { dataKey } from './paths.ts'
import type { Tail } from './upload-session.ts'

/** Tails of one size class before they are merged. Also the factor between the classes. */
const fanout = 16
const smallestClassBytes = 1024

/**
 * How many of the last tails a new one of `size` bytes absorbs.
 * @example with 15 tails of 64 KiB, one more of 64 KiB absorbs all 15
 */
export function countAbsorbed(tails: readonly Tail[], size: number): number {
  let absorbed = 0
  let total = size
  for (;;) {
    const sizeClass = classOf(total)
    let end = tails.length - absorbed
    let run = 0
    while (end > 0 && classOf(tails[end - 1]?.[1] ?? 0) <= sizeClass) {
      end--
      run++
    }
    if (run < fanout - 1) return absorbed
    for (const [, bytes] of tails.slice(end, end + run)) total += bytes
    absorbed += run
  }
}

function classOf(bytes: number): number {
  return Math.max(0, Math.floor(Math.log(bytes / smallestClassBytes) / Math.log(fanout)))
}

/** The `n` of a new object. Random and not counted, so that two replicas at the same offset never meet at one key. */
export function newObjectName(): string {
  return randomBytes(6).toString('hex')
}

/** Writes the bytes under a new key of session `x`. */
export async function writeTail(
  context: StorageContext,
  x: string,
  chunks: readonly Uint8Array[],
  options: OperationOptions,
): Promise<Tail> {
  const n = newObjectName()
  let size = 0
  for (const { byteLength } of chunks) size += byteLength
  const outcome = await context.bucket.write(dataKey(x, n), stream(chunks), { size, ifAbsent: true, ...options })
  if (!outcome.ok) throw new OciError('UNAVAILABLE', `upload ${x}: the new object ${n} exists already; try again`)
  return [n, size]
}

/** The bytes of tails, in their order. @throws RANGE_INVALID when another request has merged or finished them meanwhile */
export async function readTails(
  context: StorageContext,
  x: string,
  tails: readonly Tail[],
  options: OperationOptions,
): Promise<Uint8Array[]> {
  return await mapBounded(tails, async ([n, size]) => {
    const bytes = await readObject(context, dataKey(x, n), options).catch((cause: unknown) => {
      throw isOciError(cause, 'BLOB_UNKNOWN') ? moved(x, cause) : cause
    })
    if (bytes.byteLength !== size) throw corrupt(x, n, size, bytes.byteLength)
    return bytes
  })
}

async function readObject(context: StorageContext, key: string, options: OperationOptions): Promise<Buffer> {
  return await buffer(await context.bucket.get(key, options))
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

function moved(x: string, cause: unknown): OciError {
  const message = `upload ${x}: another request went on with it; ask for its status`
  return new OciError('RANGE_INVALID', message, { detail: { upload: x }, cause })
}

function corrupt(x: string, n: string, expected: number, received: number): OciError {
  const message = `upload ${x}: object ${n} has ${received} bytes where ${expected} were written; start a new upload`
  return new OciError('CONTENT_CORRUPT', message, { detail: { upload: x, expected, received } })
}
