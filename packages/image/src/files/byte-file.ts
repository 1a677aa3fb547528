/**
 * A file that is read at many places at once: positions are given with each read, so that readers do not disturb each
 * other.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { abortable } from './abortable.ts'
import { BatchWriter } from './batch-writer.ts'

/** Bytes that can be read from any position. */
export interface ByteFile {
  readonly size: number
  /** Fewer bytes than `length` only at the end. */
  read(position: number, length: number): Promise<Buffer>
}

export interface OpenByteFile extends ByteFile {
  /** True for a file on disk; false for a pipe or a device, which has to be spooled. */
  readonly isRegular: boolean
  close(): Promise<void>
}

const readSize = 1024 * 1024

/** @throws the error of the system when there is no such file */
export async function openByteFile(path: string): Promise<OpenByteFile> {
  const handle = await open(path, constants.O_RDONLY)
  try {
    const found = await handle.stat()
    return byteFileOf(handle, found.size, found.isFile())
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** The bytes from `start` to `end` (exclusive) as a stream. The file stays open when the stream ends. */
export function streamRange(
  file: ByteFile,
  { start, end, signal }: { readonly start: number; readonly end: number; readonly signal?: AbortSignal | undefined },
): Readable {
  return Readable.from(rangeOf(file, start, end), { objectMode: false, ...(signal === undefined ? {} : { signal }) })
}

export interface SpoolOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * Where the file lies while it is open.
   * @default TMPDIR, else the temporary directory of the system
   */
  readonly temporaryDirectory?: string | undefined
}

/**
 * The stream's bytes in a file without a name: it is gone when it is closed, and when the process dies.
 * @throws STORAGE_FULL, what the stream throws, the reason of the signal
 */
export async function spool(content: AsyncIterable<Uint8Array>, options: SpoolOptions = {}): Promise<OpenByteFile> {
  const path = join(options.temporaryDirectory ?? tmpdir(), `tsreg-${randomBytes(9).toString('hex')}.tmp`)
  const handle = await open(path, 'wx+', 0o600)
  try {
    await unlink(path)
    const writer = new BatchWriter(handle, path, 0)
    let size = 0
    for await (const chunk of abortable(content, options.signal)) {
      size += chunk.byteLength
      await writer.write(chunk)
    }
    await writer.flush()
    return byteFileOf(handle, size, true)
  } catch (error) {
    await handle.close()
    throw error
  }
}

function byteFileOf(handle: FileHandle, size: number, isRegular: boolean): OpenByteFile {
  return {
    size,
    isRegular,
    close: () => handle.close(),
    read: async (position, length) => {
      const wanted = isRegular ? Math.max(0, Math.min(length, size - position)) : length
      const buffer = Buffer.allocUnsafe(wanted)
      let filled = 0
      while (filled < wanted) {
        const at = isRegular ? position + filled : null
        const { bytesRead } = await handle.read(buffer, filled, wanted - filled, at)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return buffer.subarray(0, filled)
    },
  }
}

async function* rangeOf(file: ByteFile, start: number, end: number): AsyncGenerator<Buffer, void, undefined> {
  for (let position = start; position < end; ) {
    const chunk = await file.read(position, Math.min(readSize, end - position))
    if (chunk.byteLength === 0) throw new RangeError(`the file ends at ${position}; expected ${end} bytes`)
    yield chunk
    position += chunk.byteLength
  }
}
