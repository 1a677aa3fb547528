/**
 * Writing a stream to a file in large pieces while the next piece is being received.
 * @module
 */
import { constants, type FileHandle, open } from 'node:fs/promises'
import { alignedBuffer, handBack, pageBytes } from '@tsreg/oci/content'
import { writeError } from './system-error.ts'

const blockBytes = 1024 * 1024
/** Blocks that all writers together leave lying for the next one. */
const mostSpare = 8

const spare: Buffer[] = []

/**
 * Appends at a position of the file; two blocks are in memory. Full blocks go past the page cache where that is possible:
 * whoever writes an image has to wait for the disk in any case, and the copy into the cache costs more than hashing.
 */
export class BatchWriter {
  readonly #handle: FileHandle
  readonly #path: string
  /** Of the block that is being filled. */
  #position: number
  #block: Buffer | undefined
  #filled = 0
  #writing: Promise<void> = Promise.resolve()
  #direct: FileHandle | undefined
  #isDirectRefused = false

  /** @param path only for messages. */
  constructor(handle: FileHandle, path: string, position: number) {
    this.#handle = handle
    this.#path = path
    this.#position = position
  }

  /** The chunk is handed back when this resolves, and must not be used after. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let taken = 0; taken < chunk.byteLength; ) {
      this.#block ??= spare.pop() ?? alignedBuffer(blockBytes)
      // The next block begins at a page of the file, wherever this one did.
      const room = blockBytes - (this.#position % pageBytes) - this.#filled
      const piece = chunk.subarray(taken, taken + room)
      this.#block.set(piece, this.#filled)
      this.#filled += piece.byteLength
      taken += piece.byteLength
      if (piece.byteLength === room) await this.#startWrite()
    }
    handBack(chunk)
  }

  /** Everything is with the operating system afterwards, not yet on the disk. @throws STORAGE_FULL */
  async flush(): Promise<void> {
    try {
      await this.#startWrite()
      await this.#writing
    } finally {
      await this.#direct?.close()
      this.#direct = undefined
    }
  }

  async #startWrite(): Promise<void> {
    const block = this.#block
    const bytes = block?.subarray(0, this.#filled)
    const position = this.#position
    this.#block = undefined
    this.#filled = 0
    await this.#writing
    if (block === undefined || bytes === undefined) return
    this.#position += bytes.byteLength
    this.#writing = this.#writeAll(bytes, position).then(() => {
      if (spare.length < mostSpare) spare.push(block)
    })
    // The failure is thrown by whoever waits next; until then it must not count as unhandled.
    this.#writing.catch(() => {})
  }

  async #writeAll(bytes: Buffer, position: number): Promise<void> {
    try {
      for (let done = await this.#writeDirect(bytes, position); done < bytes.byteLength; ) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.byteLength - done, position + done)
        done += bytesWritten
      }
    } catch (error) {
      throw writeError(error, this.#path)
    }
  }

  /** Bytes written; 0 where the file system, or this file, takes none so. */
  async #writeDirect(block: Buffer, position: number): Promise<number> {
    if (this.#isDirectRefused || block.byteLength !== blockBytes || position % pageBytes !== 0) return 0
    try {
      this.#direct ??= await openDirect(this.#handle)
      return (await this.#direct.write(block, 0, blockBytes, position)).bytesWritten
    } catch {
      // The ordinary way tells what is wrong, if anything is.
      this.#isDirectRefused = true
      return 0
    }
  }
}

/** The same file, whatever its name is now. @throws where there is no /proc, or no direct writing */
function openDirect({ fd }: FileHandle): Promise<FileHandle> {
  return open(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_DIRECT)
}
