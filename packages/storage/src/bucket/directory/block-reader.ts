/**
 * Where the bytes of a stream come from: blocks of checked bytes, out of a data file or out of memory.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { ByteRange } from '../bucket.ts'
import type { BufferPool } from './buffer-pool.ts'
import { blockBytes } from './checksums.ts'
import type { HotFill } from './hot-objects.ts'
import type { KernelSocket } from './kernel-socket.ts'
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

/** Why {@link BlockReader.send} stopped: all is sent, it is others' turn, the socket is full, or bytes must be read. */
export type SendState = 'end' | 'turn' | 'full' | 'unchecked'

export interface BlockReader {
  /** Lets the kernel send what comes next, if it was checked before. Absent where the bytes are not in a file. */
  send?(socket: KernelSocket): SendState

  /** The next bytes, undefined at the end. @param fast how long the last block took says that larger ones are welcome. */
  next(fast: boolean): Promise<Block | undefined>
  /** @param clean all blocks are done. */
  close(clean: boolean): void
}

/** What one call may move: a cold page makes it wait for the disk, and everybody with it. */
const spanBytes = 4 * 1024 * 1024
/** What one reader may send before others have their turn. */
const turnBytes = 4 * spanBytes

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
  let full = false

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
    // What the kernel was just sending is in its memory: no need to wait for a thread.
    const bytes = full ? file.readNow(target, start) : await file.read(target, start)
    full = false
    statistics.dataBytesRead += bytes
    if (closed) throw new OciError('ABORTED', `${key}: the stream was closed while it was read`)
    check(target.subarray(0, bytes), start, target.byteLength)
    const from = position - start
    position = Math.min(start + bytes, range.end + 1)
    return target.subarray(from, position - start)
  }

  function send(socket: KernelSocket): SendState {
    const state = sendTurn(socket)
    full = state === 'full'
    return state
  }

  function sendTurn(socket: KernelSocket): SendState {
    const stop = position + turnBytes
    while (position <= range.end) {
      if (position >= stop) return 'turn'
      const length = Math.min(spanBytes - (position % spanBytes), range.end + 1 - position)
      if (!file.isChecked(position, length)) return 'unchecked'
      const target = socket.descriptor()
      if (target === undefined) return 'full'
      const sent = file.send(socket.send, target, position, length)
      position += sent
      statistics.kernelBytesSent += sent
      if (sent < length) return 'full'
    }
    return 'end'
  }

  return {
    ...(fill === undefined ? { send } : {}),
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
