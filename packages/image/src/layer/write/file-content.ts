/**
 * The content of a file for a layer.
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { fileChanged } from './tar-entries.ts'

const readSize = 1024 * 1024

/**
 * The bytes of a regular file, read when they are asked for. A link in its place is refused, and so is a file whose size
 * is not what it was.
 * @throws FILE_CHANGED; errors of the system
 */
export function* fileContent(path: string, sizeBytes: number): Generator<Uint8Array, void, undefined> {
  // Without O_NONBLOCK, opening a named pipe would wait for its writer for ever.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const found = fstatSync(descriptor)
    if (!found.isFile() || found.size !== sizeBytes) throw fileChanged(path, sizeBytes, found.size)
    for (let at = 0; at < sizeBytes; ) {
      // Not used again: whoever gets a chunk may keep it.
      const chunk = Buffer.allocUnsafe(Math.min(readSize, sizeBytes - at))
      const length = readSync(descriptor, chunk, 0, chunk.byteLength, at)
      if (length === 0) throw fileChanged(path, sizeBytes, at)
      at += length
      yield chunk.subarray(0, length)
    }
  } finally {
    closeSync(descriptor)
  }
}
