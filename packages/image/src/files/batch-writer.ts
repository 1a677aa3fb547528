/**
 * Writing a stream to a file in large pieces while the next piece is being received.
 * @module
 */
import type { FileHandle } from 'node:fs/promises'
import { handBack } from '@tsreg/oci/content'
import { writeError } from './system-error.ts'

/** Writes below this size cost more system calls than they save memory. */
const batchBytes = 1024 * 1024
/** Most buffers in one system call. */
const batchChunks = 512

/** Appends at a position of the file. At most two batches are in memory. */
export class BatchWriter {
  readonly #handle: FileHandle
  readonly #path: string
  #position: number
  #chunks: Uint8Array[] = []
  #bytes = 0
  #writing: Promise<void> = Promise.resolve()

  /** @param path only for messages. */
  constructor(handle: FileHandle, path: string, position: number) {
    this.#handle = handle
    this.#path = path
    this.#position = position
  }

  /** The chunk is handed back once it is written, and must not be used until then or after. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk)
    this.#bytes += chunk.byteLength
    if (this.#bytes >= batchBytes || this.#chunks.length >= batchChunks) await this.#startBatch()
  }

  /** Everything is with the operating system afterwards, not yet on the disk. @throws STORAGE_FULL */
  async flush(): Promise<void> {
    await this.#startBatch()
    await this.#writing
  }

  async #startBatch(): Promise<void> {
    const chunks = this.#chunks
    const bytes = this.#bytes
    this.#chunks = []
    this.#bytes = 0
    await this.#writing
    if (bytes === 0) return
    const position = this.#position
    this.#position += bytes
    this.#writing = this.#writeAll(chunks, bytes, position)
    // The failure is thrown by whoever waits next; until then it must not count as unhandled.
    this.#writing.catch(() => {})
  }

  async #writeAll(chunks: readonly Uint8Array[], bytes: number, position: number): Promise<void> {
    try {
      const { bytesWritten } = await this.#handle.writev(chunks, position)
      if (bytesWritten < bytes)
        await this.#writeRest(Buffer.concat(chunks).subarray(bytesWritten), position + bytesWritten)
    } catch (error) {
      throw writeError(error, this.#path)
    }
    for (const chunk of chunks) handBack(chunk)
  }

  async #writeRest(rest: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < rest.byteLength; ) {
      const more = await this.#handle.write(rest, done, rest.byteLength - done, position + done)
      done += more.bytesWritten
    }
  }
}
