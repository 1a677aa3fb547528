/**
 * Bytes waiting to be written. Every chunk is copied into blocks of our own, which are recycled: the chunks of a socket
 * are fresh memory each time, and memory that is touched once and left to the garbage collector costs more than the
 * copy, several times more while layers are pushed.
 * @module
 */
import { alignedBuffer } from '@tsreg/oci/content'

/** A small upload needs no more than the first block. */
const firstBlockBytes = 64 * 1024
const blockBytes = 256 * 1024
/** What all queues together leave lying for the next one. */
const spareBlocks = 64

interface Block {
  readonly buffer: Buffer
  /** One of {@link blockBytes} that was allocated here. */
  readonly recyclable: boolean
  /** Bytes taken out, and put in. */
  start: number
  end: number
}

/** Bytes that have left the queue. */
export interface TakenBytes {
  readonly chunks: readonly Uint8Array[]
  /** Nobody looks at these chunks any more, nor at any taken before them. */
  release(): void
}

const spare: Buffer[] = []

export class ByteQueue {
  size = 0
  readonly #blocks: Block[] = []
  #emptied: Buffer[] = []
  #begun = false

  /** The chunk is the caller's again when this returns. */
  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.byteLength) {
      const block = this.#room()
      const count = Math.min(chunk.byteLength - at, block.buffer.byteLength - block.end)
      block.buffer.set(chunk.subarray(at, at + count), block.end)
      block.end += count
      at += count
    }
    this.size += chunk.byteLength
  }

  /** Puts bytes before all others; they are kept as they are and must not change any more. */
  prepend(chunks: readonly Uint8Array[]): void {
    const blocks = chunks
      .filter(({ byteLength }) => byteLength > 0)
      .map((bytes): Block => ({ buffer: viewOf(bytes), recyclable: false, start: 0, end: bytes.byteLength }))
    this.#blocks.unshift(...blocks)
    for (const { end } of blocks) this.size += end
  }

  /** Takes the first `size` bytes out; all without an argument. */
  take(size = this.size): TakenBytes {
    if (size > this.size) throw new RangeError(`${size} bytes were asked of ${this.size}`)
    const chunks: Uint8Array[] = []
    let missing = size
    while (missing > 0) {
      const [block] = this.#blocks
      if (block === undefined) throw new RangeError(`${size} bytes were asked of ${this.size}`)
      const end = Math.min(block.end, block.start + missing)
      chunks.push(block.buffer.subarray(block.start, end))
      missing -= end - block.start
      block.start = end
      // A block with room goes as well: what is in it counts as looked at until the release.
      if (block.start < block.end) continue
      this.#blocks.shift()
      if (block.recyclable) this.#emptied.push(block.buffer)
    }
    this.size -= size
    const emptied = this.#emptied
    this.#emptied = []
    return { chunks, release: () => recycle(emptied) }
  }

  /** All bytes, left where they are. */
  peek(): Uint8Array[] {
    return this.#blocks.map(({ buffer, start, end }) => buffer.subarray(start, end))
  }

  #room(): Block {
    const last = this.#blocks.at(-1)
    if (last !== undefined && last.end < last.buffer.byteLength) return last
    const block = this.#begun ? freshBlock() : firstBlock()
    this.#begun = true
    this.#blocks.push(block)
    return block
  }
}

function firstBlock(): Block {
  return { buffer: alignedBuffer(firstBlockBytes), recyclable: false, start: 0, end: 0 }
}

function freshBlock(): Block {
  return { buffer: spare.pop() ?? alignedBuffer(blockBytes), recyclable: true, start: 0, end: 0 }
}

function recycle(buffers: readonly Buffer[]): void {
  for (const buffer of buffers) if (spare.length < spareBlocks) spare.push(buffer)
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
