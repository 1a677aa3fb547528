/**
 * Small pieces joined: a header of 512 bytes costs as much on its way as 64 KiB do.
 * @module
 */

const chunkBytes = 64 * 1024

/** The same bytes; pieces shorter than a chunk are copied together, others passed on. */
export async function* inChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let chunk = Buffer.allocUnsafe(chunkBytes)
  let filled = 0
  for await (const piece of pieces) {
    if (filled + piece.byteLength > chunkBytes && filled > 0) {
      yield chunk.subarray(0, filled)
      chunk = Buffer.allocUnsafe(chunkBytes)
      filled = 0
    }
    if (piece.byteLength >= chunkBytes) {
      yield piece
    } else {
      chunk.set(piece, filled)
      filled += piece.byteLength
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled)
}
