/**
 * Archives that ADD unpacks: told by their content, never by their name.
 * @module
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { type LayerLimits, type PlacedEntry, readTarEntries } from '@tsreg/image/layer'
import type { OperationOptions } from '@tsreg/oci/content'
import { isBuilderError } from '../errors.ts'
import { archiveLimits, checkEntries, withinLimits } from './archive-limits.ts'
import { decompressAny } from './decompress.ts'

/** A tar archive in a file of ours, without its compression. */
export interface Archive {
  /** The entries in their order. */
  entries(options?: OperationOptions): AsyncIterable<PlacedEntry>
  /** The content of an entry. */
  content(entry: PlacedEntry): AsyncIterable<Uint8Array>
}

export interface ReadArchiveOptions extends OperationOptions {
  /** @default {@link archiveLimits} */
  readonly limits?: LayerLimits
}

/**
 * Brings the content into `file` when it is a tar archive, compressed or not; undefined when it is none. The file is the
 * caller's to remove, also after a failure.
 * @throws ARCHIVE_INVALID for one that ends early or is damaged, ARCHIVE_TOO_LARGE; PROGRAM_MISSING
 */
export async function readArchive(
  content: () => AsyncIterable<Uint8Array>,
  file: string,
  { signal, limits = archiveLimits }: ReadArchiveOptions = {},
): Promise<Archive | undefined> {
  let packedBytes = 0
  const counted = async function* () {
    packedBytes = 0
    for await (const chunk of content()) {
      packedBytes += chunk.byteLength
      yield chunk
    }
  }
  const decompressed = decompressAny(counted, await beginning(content, magicBytes), { signal })
  if (!(await isTar(decompressed))) return undefined
  const bounded = withinLimits(decompressed(), () => packedBytes, limits)
  await pipeline(bounded, createWriteStream(file), signal === undefined ? {} : { signal })
  return {
    async *entries(options = {}) {
      await using handle = await open(file)
      const { size } = await handle.stat()
      const read = async (position: number, length: number) => {
        const buffer = Buffer.allocUnsafe(length)
        const { bytesRead } = await handle.read(buffer, 0, length, position)
        return buffer.subarray(0, bytesRead)
      }
      let entries = 0
      for await (const placed of readTarEntries({ size, read }, options)) {
        checkEntries(++entries, limits)
        yield placed
      }
    },
    async *content({ offset, entry: { size } }) {
      if (size > 0) yield* createReadStream(file, { start: offset, end: offset + size - 1, highWaterMark: 256 * 1024 })
    },
  }
}

const magicBytes = 6
const blockBytes = 512

/** Does the content begin with the header of an entry? Its checksum says so. */
async function isTar(content: () => AsyncIterable<Uint8Array>): Promise<boolean> {
  const block = await beginning(content, blockBytes)
  if (block.byteLength < blockBytes) return false
  const field = block.toString('latin1', 148, 156).replace(/\0.*$/s, '').trim()
  if (!/^[0-7]+$/.test(field)) return false
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0)
  return sum === Number.parseInt(field, 8)
}

/** The first bytes; what comes behind them is not read. Content that cannot be decompressed has none. */
async function beginning(content: () => AsyncIterable<Uint8Array>, bytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of content()) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size >= bytes) break
    }
  } catch (error) {
    if (isBuilderError(error, 'PROGRAM_MISSING')) throw error
    return Buffer.alloc(0)
  }
  return Buffer.concat(chunks).subarray(0, bytes)
}
