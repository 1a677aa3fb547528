/**
 * Reading the entries of a tar file by their headers alone: the contents in between are skipped, not read.
 * @module
 */
import type { ByteFile } from '../../files/byte-file.ts'
import { TarDecoder } from './decoder.ts'
import { blockBytes, paddedSize, type TarEntry } from './entry.ts'
import { invalidTar } from './invalid.ts'

/** An entry, and where its content begins in the archive. */
export interface PlacedEntry {
  readonly entry: TarEntry
  readonly offset: number
}

/**
 * All entries in their order. An archive may lack the zero blocks of its end, but not the end of an entry.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSUPPORTED; the reason of the signal
 */
export async function* readTarEntries(
  file: ByteFile,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<PlacedEntry, void, undefined> {
  const decoder = new TarDecoder()
  const window = readAhead(file)
  for (let position = 0; position < file.size; ) {
    signal?.throwIfAborted()
    const item = decoder.header(await window(position, blockBytes))
    position += blockBytes
    if (item.kind === 'zero') break
    if (item.kind === 'more') continue
    if (item.kind === 'extension') {
      decoder.extend(await window(position, item.size))
      position += paddedSize(item.size)
      continue
    }
    const { entry } = item
    if (position + entry.size > file.size) throw truncated(`the content of ${JSON.stringify(entry.name.slice(0, 300))}`)
    yield { entry, offset: position }
    position += paddedSize(entry.size)
  }
  if (decoder.isInside) throw truncated('the entry after an extended header')
}

const windowBytes = 64 * 1024

/** Reads a window at a time: headers of small files lie close together. */
function readAhead(file: ByteFile): (position: number, length: number) => Promise<Buffer> {
  let start = 0
  let window: Buffer = Buffer.alloc(0)
  return async (position, length) => {
    if (position < start || position + length > start + window.byteLength) {
      start = position
      window = await file.read(position, Math.max(windowBytes, length))
    }
    const bytes = window.subarray(position - start, position - start + length)
    if (bytes.byteLength < length) throw truncated(`byte ${position + length}`)
    return bytes
  }
}

function truncated(where: string) {
  return invalidTar(`the archive ends before ${where}`)
}
