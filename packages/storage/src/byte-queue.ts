/**
 * Bytes waiting to be written: chunks in, chunks out, nothing copied but small chunks.
 * @module
 */

/** Smaller chunks are copied together: each would keep alive the whole buffer that it is a slice of. */
const smallBytes = 16 * 1024
const blockBytes = 64 * 1024

export class ByteQueue {
  size = 0
  #chunks: Uint8Array[] = []
  /** Last chunk, when it is a block of ours with room behind it. */
  #block: Buffer | undefined
  #used = 0

  push(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return
    this.size += chunk.byteLength
    if (chunk.byteLength > smallBytes) {
      this.#seal()
      this.#chunks.push(chunk)
      return
    }
    if (this.#block === undefined || this.#used + chunk.byteLength > blockBytes) {
      this.#seal()
      this.#block = Buffer.allocUnsafeSlow(blockBytes)
    }
    this.#block.set(chunk, this.#used)
    this.#used += chunk.byteLength
  }

  /** Puts bytes before all others. */
  prepend(chunks: readonly Uint8Array[]): void {
    this.#chunks.unshift(...chunks)
    for (const { byteLength } of chunks) this.size += byteLength
  }

  /** Takes the first `size` bytes out; all without an argument. */
  take(size = this.size): Uint8Array[] {
    this.#seal()
    const taken: Uint8Array[] = []
    let missing = size
    while (missing > 0) {
      const chunk = this.#chunks.shift()
      if (chunk === undefined) throw new RangeError(`${size} bytes were asked of ${this.size}`)
      taken.push(chunk.subarray(0, missing))
      if (chunk.byteLength > missing) this.#chunks.unshift(chunk.subarray(missing))
      missing -= Math.min(missing, chunk.byteLength)
    }
    this.size -= size
    return taken
  }

  /** All bytes, left where they are. */
  peek(): Uint8Array[] {
    this.#seal()
    return [...this.#chunks]
  }

  #seal(): void {
    if (this.#block !== undefined) this.#chunks.push(this.#block.subarray(0, this.#used))
    this.#block = undefined
    this.#used = 0
  }
}
