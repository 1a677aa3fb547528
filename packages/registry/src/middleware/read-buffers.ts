/**
 * Buffers that sockets are read into, used again by whoever reads next.
 * @module
 */

/** For a connection that brings little at a time; thousands of them may wait. */
const smallBytes = 64 * 1024
/** What a read of a fast connection fills. */
const largeBytes = 256 * 1024
/** Buffers of each size that are kept for the next read: 20 MiB together. */
const mostSpare = 64

const spare = new Map<number, ArrayBufferLike[]>([
  [smallBytes, []],
  [largeBytes, []],
])
/** Those that were made here. Size alone does not tell: Node's own pool, which it cuts small buffers from, has one of them. */
const ours = new WeakSet<ArrayBufferLike>()

/** A buffer for the next read, by how much the last one brought. */
export function readBuffer(lastRead: number): Buffer {
  const size = lastRead < smallBytes ? smallBytes : largeBytes
  return Buffer.from(spare.get(size)?.pop() ?? allocate(size))
}

/** Nobody looks at the buffer, or a part of one, any more. One of another origin is left alone. */
export function recycleBuffer({ buffer }: Buffer): void {
  const kept = ours.has(buffer) ? spare.get(buffer.byteLength) : undefined
  if (kept !== undefined && kept.length < mostSpare) kept.push(buffer)
}

function allocate(size: number): ArrayBufferLike {
  const { buffer } = Buffer.allocUnsafeSlow(size)
  ours.add(buffer)
  return buffer
}
