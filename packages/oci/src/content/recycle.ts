/**
 * Buffers that go round: who fills them lends their bytes out as chunks, who has used a chunk up may hand it back.
 * Memory that is written again stays in the caches of the processor, and costs the garbage collector nothing.
 * @module
 */

const lenders = new WeakMap<ArrayBufferLike, (bytes: number) => void>()

/** From now on `takeBack` is told of each chunk of the buffer that is handed back, by its number of bytes. */
export function lend(buffer: ArrayBufferLike, takeBack: (bytes: number) => void): void {
  lenders.set(buffer, takeBack)
}

/**
 * Says that the chunk will never be read again: its bytes may be overwritten at once. For the last one to receive it,
 * and once for each chunk. One that nobody lent is left alone, one that is not handed back is collected as usual.
 */
export function handBack(chunk: Uint8Array): void {
  lenders.get(chunk.buffer)?.(chunk.byteLength)
}
