/**
 * Writes of many buffers to a place in a file.
 * @module
 */
import type { FileHandle } from 'node:fs/promises'

/** Linux takes at most so many buffers in one call. */
const mostBuffers = 1024

/** Writes all of it, and returns how much that was. */
export async function writeFully(handle: FileHandle, content: readonly Uint8Array[], offset: number): Promise<number> {
  let rest = content.filter(({ byteLength }) => byteLength > 0)
  let written = 0
  while (rest.length > 0) {
    const bytesWritten = await writeOnce(handle, rest, offset + written)
    written += bytesWritten
    rest = after(rest, bytesWritten)
  }
  return written
}

/** Writes what one call takes, and returns how much that was: a full disk makes short writes before it makes errors. */
export async function writeOnce(handle: FileHandle, content: readonly Uint8Array[], offset: number): Promise<number> {
  const { bytesWritten } = await handle.writev(content.slice(0, mostBuffers) as Uint8Array[], offset)
  return bytesWritten
}

/** The buffers without their first `count` bytes. */
export function after(content: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count
  return content.flatMap((bytes) => {
    const skipped = Math.min(skip, bytes.byteLength)
    skip -= skipped
    return skipped === bytes.byteLength ? [] : [bytes.subarray(skipped)]
  })
}
