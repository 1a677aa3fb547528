/**
 * Where the bytes of a stream come from: blocks of checked bytes, out of a data file or out of memory.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { ByteRange } from '../bucket.ts'
import type { BufferPool } from './buffer-pool.ts'
import { blockBytes } from './checksums.ts'
import type { HotFill } from './hot-objects.ts'
import type { SharedFile } from './open-files.ts'
import { pageBytes } from './page-pool.ts'
import { checksumMismatch, corrupt } from './rows.ts'
import type { DirectoryStatistics } from './statistics.ts'

export interface Block {
  readonly bytes: Uint8Array
  /** Nobody looks at the bytes any more. */
  done(): void
  /** Nobody needs them any more, but somebody may still look at them. */
  abandon(): void
}

export interface BlockReader {
  /** The next bytes, undefined at the end. @param fast how long the last block took says that larger ones are welcome. */
  next(fast: boolean): Promise<Block | undefined>
  /** @param clean all blocks are done. */
  close(clean: boolean): void
}

export interface FileReaderOptions {
  readonly key: string
  readonly size: number
  readonly range: ByteRange
  readonly file: SharedFile
  readonly pool: BufferPool
  /** Buffers are used again once their block is done; false when the consumer may keep what it was given. */
  readonly recycle: boolean
  /** Memory that keeps the whole object for later readers. */
  readonly fill?: HotFill | undefined
  readonly statistics: DirectoryStatistics
}

/** Reads whole checksum blocks around the range and gives out only what the range wants of them. */
export function fileReader(options: FileReaderOptions): BlockReader {
  const { key, size, range, file, pool, recycle, fill, statistics } = options
  let position = range.start
  let bufferSize = blockBytes
  let drained = 0
  let closed = false

  /** @throws CONTENT_CORRUPT */
  function check(bytes: Buffer, start: number, wanted: number): void {
    const mismatch = bytes.byteLength < wanted ? undefined : file.check(bytes, start)
    if (bytes.byteLength === wanted && mismatch === undefined) return
    statistics.corruptChunks++
    if (mismatch !== undefined) throw checksumMismatch(key, mismatch)
    throw corrupt(key, start + bytes.byteLength, `the file ends, expected ${size} bytes`)
  }

  async function load(buffer: Buffer, start: number): Promise<Uint8Array> {
    const target = buffer.subarray(0, Math.min(buffer.byteLength, alignedEnd(range.end, size) - start))
    const bytes = await file.read(target, start)
    statistics.dataBytesRead += bytes
    if (closed) throw new OciError('ABORTED', `${key}: the stream was closed while it was read`)
    check(target.subarray(0, bytes), start, target.byteLength)
    const from = position - start
    position = Math.min(start + bytes, range.end + 1)
    return target.subarray(from, position - start)
  }

  return {
    async next(fast) {
      if (position > range.end) {
        fill?.publish()
        return undefined
      }
      const start = position - (position % blockBytes)
      const page = fill?.pages[start / pageBytes]
      if (page !== undefined) return { bytes: await load(page, start), done: nothing, abandon: nothing }
      drained = fast ? drained : 0
      bufferSize = fast ? pool.nextSize(bufferSize, drained) : blockBytes
      const buffer = recycle ? pool.take(bufferSize) : pool.allocate(bufferSize)
      const drop = (): void => (recycle ? pool.give(buffer) : pool.forget(buffer))
      try {
        const bytes = await load(buffer, start)
        drained += bytes.byteLength
        return { bytes, done: drop, abandon: () => pool.forget(buffer) }
      } catch (error) {
        drop()
        throw error
      }
    },
    close(clean) {
      closed = true
      file.release()
      fill?.close(clean)
    },
  }
}

export interface MemoryReaderOptions {
  /** Each of {@link pageBytes} but the last. */
  readonly pages: readonly Uint8Array[]
  readonly range: ByteRange
  readonly close?: (clean: boolean) => void
}

export function memoryReader({ pages, range, close }: MemoryReaderOptions): BlockReader {
  let position = range.start
  return {
    async next() {
      if (position > range.end) return undefined
      const index = Math.floor(position / pageBytes)
      const start = index * pageBytes
      const bytes = pages[index]?.subarray(position - start, range.end + 1 - start) ?? new Uint8Array()
      position += bytes.byteLength
      return { bytes, done: nothing, abandon: nothing }
    },
    close(clean) {
      close?.(clean)
    },
  }
}

/** Bytes of a row as pages. */
export function pagesOf(body: Uint8Array): Uint8Array[] {
  const pages: Uint8Array[] = []
  for (let at = 0; at < body.byteLength; at += pageBytes) pages.push(body.subarray(at, at + pageBytes))
  return pages
}

function alignedEnd(end: number, size: number): number {
  return Math.min(size, (Math.floor(end / blockBytes) + 1) * blockBytes)
}

function nothing(): void {}
