/**
 * Gathers the chunks of a stream until there are enough for one large write.
 * @module
 */

export interface ChunkBatch {
  /** The chunk must not change afterwards. */
  add(chunk: Uint8Array): void
  readonly bytes: number
  /** All of it, leaving the batch empty. */
  take(): Uint8Array[]
}

/** A chunk below this size is copied: it is a slice of a larger buffer that it would keep alive. */
const copiedBelow = 16 * 1024
const slabBytes = 64 * 1024

export function chunkBatch(): ChunkBatch {
  let chunks: Uint8Array[] = []
  let bytes = 0
  let slab = Buffer.alloc(0)
  let slabStart = 0
  let slabEnd = 0

  function closeSlab(): void {
    if (slabEnd > slabStart) chunks.push(slab.subarray(slabStart, slabEnd))
    slabStart = slabEnd
  }

  function copy(chunk: Uint8Array): void {
    if (slabEnd + chunk.byteLength > slab.byteLength) {
      closeSlab()
      slab = Buffer.allocUnsafeSlow(slabBytes)
      slabStart = 0
      slabEnd = 0
    }
    slab.set(chunk, slabEnd)
    slabEnd += chunk.byteLength
  }

  return {
    add(chunk) {
      bytes += chunk.byteLength
      if (chunk.byteLength < copiedBelow) {
        copy(chunk)
        return
      }
      closeSlab()
      chunks.push(chunk)
    },
    get bytes() {
      return bytes
    },
    take() {
      closeSlab()
      const taken = chunks
      chunks = []
      bytes = 0
      return taken
    },
  }
}
