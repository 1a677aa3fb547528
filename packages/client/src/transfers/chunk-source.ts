/**
 * One pass over a content, handed out in pieces: consecutive chunks of an upload share one reader, and only a chunk
 * that starts elsewhere (after a failure) opens the content anew.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { OpenContent } from '@tsreg/oci/content'

export class ChunkSource {
  readonly #open: OpenContent
  readonly #size: number
  #iterator: AsyncIterator<Uint8Array> | undefined
  #rest: Uint8Array = Buffer.alloc(0)
  #position = 0

  /** @param size bytes that the content should have in all. */
  constructor(open: OpenContent, size: number) {
    this.#open = open
    this.#size = size
  }

  /**
   * The `length` bytes from `offset` on, or fewer where the content ends. One at a time.
   * @throws SIZE_INVALID when the content has more bytes than it should; its last ones are withheld then.
   */
  async *take(offset: number, length: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    if (this.#iterator === undefined || this.#position !== offset) await this.#seek(offset, signal)
    for (let left = length; left > 0; ) {
      const chunk = await this.#next()
      if (chunk === undefined) return
      const piece = chunk.byteLength <= left ? chunk : chunk.subarray(0, left)
      this.#rest = chunk.subarray(piece.byteLength)
      this.#position += piece.byteLength
      left -= piece.byteLength
      if (this.#position === this.#size && (await this.#next()) !== undefined) throw this.#tooLong()
      yield piece
    }
  }

  /** Ends the reader, without waiting for one that hangs. */
  close(): void {
    const iterator = this.#iterator
    this.#iterator = undefined
    this.#rest = Buffer.alloc(0)
    iterator?.return?.().catch(() => {})
  }

  #tooLong(): OciError {
    return new OciError('SIZE_INVALID', `the content has more than the ${this.#size} bytes described`, {
      detail: { expected: this.#size },
    })
  }

  async #seek(offset: number, signal: AbortSignal | undefined): Promise<void> {
    this.close()
    const content = await this.#open({ offset, signal })
    this.#iterator = content[Symbol.asyncIterator]()
    this.#position = offset
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#rest.byteLength > 0) return this.#rest
    for (;;) {
      const result = await this.#read()
      if (result === undefined || result.done === true) return undefined
      if (result.value.byteLength > 0) return result.value
    }
  }

  async #read(): Promise<IteratorResult<Uint8Array> | undefined> {
    try {
      return await this.#iterator?.next()
    } catch (error) {
      // A reader that failed gives no more; the next chunk begins with a new one.
      this.#iterator = undefined
      throw error
    }
  }
}
