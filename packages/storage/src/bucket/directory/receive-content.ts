/**
 * Takes in the content of one streamed write: small content stays in memory for its row, larger content goes to a data
 * file in large writes while the next one is being gathered.
 * @module
 */
import { abortable } from '../abortable.ts'
import { checkSize } from '../check-arguments.ts'
import { type BlockChecksums, checksumStream } from './checksums.ts'
import { chunkBatch } from './chunk-batch.ts'
import type { DataFile, DataFiles } from './data-files.ts'

/** Objects up to this size are rows. */
export const maxInlineBytes = 128 * 1024
const batchBytes = 1024 * 1024

export interface ReceivedContent {
  readonly size: number
  readonly checksums: BlockChecksums
  /** Either the bytes, */
  readonly body?: Uint8Array
  /** or the synced data file that has them: to be released once a row names it, or removed. */
  readonly file?: string
}

export interface ReceiveOptions {
  readonly key: string
  readonly size: number | undefined
  readonly signal: AbortSignal | undefined
  readonly files: DataFiles
}

/** Holds at most about 2 MiB of content; leaves nothing when it throws. @throws SIZE_INVALID, STORAGE_FULL, UNAVAILABLE */
export async function receiveContent(
  content: AsyncIterable<Uint8Array>,
  { key, size, signal, files }: ReceiveOptions,
): Promise<ReceivedContent> {
  const batch = chunkBatch()
  const checksums = checksumStream()
  const sink = fileSink(files)
  let received = 0
  try {
    for await (const chunk of abortable(content, signal)) {
      received += chunk.byteLength
      if (size !== undefined && received > size) checkSize(key, size, received)
      checksums.update(chunk)
      batch.add(chunk)
      if (batch.bytes >= batchBytes) await sink.write(batch.take())
    }
    checkSize(key, size, received)
    if (received <= maxInlineBytes) {
      return { size: received, checksums: checksums.finish(), body: Buffer.concat(batch.take()) }
    }
    if (batch.bytes > 0) await sink.write(batch.take())
    return { size: received, checksums: checksums.finish(), file: await sink.finish() }
  } catch (error) {
    await sink.discard()
    throw error
  }
}

/** A data file that appears with the first write and is written one batch behind. */
function fileSink(files: DataFiles) {
  let name: string | undefined
  let file: DataFile | undefined
  let writing = Promise.resolve()
  let offset = 0
  return {
    async write(chunks: readonly Uint8Array[]): Promise<void> {
      name ??= files.newName()
      file ??= await files.openForWriting(name)
      await writing
      writing = file.write(chunks, offset)
      // Whoever writes or finishes next sees the failure.
      writing.catch(() => {})
      for (const { byteLength } of chunks) offset += byteLength
    },
    async finish(): Promise<string> {
      await writing
      await file?.sync()
      await file?.close()
      file = undefined
      return name ?? ''
    },
    async discard(): Promise<void> {
      if (name === undefined) return
      await writing.catch(() => {})
      // The first failure is the one to report; the sweep finds what could not be removed.
      await file?.close().catch(() => {})
      await files.remove(name).catch(() => {})
      files.release(name)
    },
  }
}
