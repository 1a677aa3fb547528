/**
 * Reads from sockets into large buffers that are used again. Node's own reads, 64 KiB each into memory of their own,
 * cost a download more time than hashing it.
 * @module
 */
import type { Socket } from 'node:net'
import { lend } from '@tsreg/oci/content'

const bufferBytes = 256 * 1024
/** A buffer with less room is not read into any more. */
const leastBytes = 32 * 1024
/** Most buffers kept for the next read. */
const maxSpare = 32

interface ReadBuffer {
  readonly bytes: Buffer<ArrayBuffer>
  /** Where the next read goes. */
  end: number
  /** Bytes that were passed on and not handed back; heads of answers never are. */
  lent: number
  /** A socket will read into it. */
  inUse: boolean
}

/** Options of `net.connect` and `tls.connect`, for any number of sockets. */
export function largeReads() {
  const buffers = new WeakMap<ArrayBufferLike, ReadBuffer>()
  const spare: ReadBuffer[] = []
  /** That of the read which the next call of `buffer` follows. */
  let filled: ReadBuffer | undefined

  function create(): ReadBuffer {
    const bytes = Buffer.allocUnsafeSlow(bufferBytes)
    const created: ReadBuffer = { bytes, end: 0, lent: 0, inUse: false }
    buffers.set(bytes.buffer, created)
    lend(bytes.buffer, (count) => {
      created.lent -= count
      if (created.lent === 0 && !created.inUse && spare.length < maxSpare) spare.push(created)
    })
    return created
  }

  /** Where the next read of the same socket goes: behind the last one, as long as that is still needed. */
  function next(previous: ReadBuffer | undefined): Uint8Array {
    if (previous !== undefined) {
      if (previous.lent === 0) previous.end = 0
      if (bufferBytes - previous.end >= leastBytes) return previous.bytes.subarray(previous.end)
      previous.inUse = false
    }
    const fresh = spare.pop() ?? create()
    fresh.end = 0
    fresh.inUse = true
    return fresh.bytes
  }

  return {
    // Each read is passed on by itself: a stream that gathers chunks copies them into one.
    highWaterMark: 1,
    onread: {
      buffer(): Uint8Array {
        const previous = filled
        filled = undefined
        return next(previous)
      },
      callback(this: Socket, count: number, into: Uint8Array): boolean {
        const buffer = buffers.get(into.buffer)
        if (buffer === undefined) throw new TypeError('the socket read into a buffer that is not one of these')
        buffer.end += count
        buffer.lent += count
        const goOn = this.push(into.subarray(0, count))
        // Not before the push: what that sets off may connect another socket, which asks for a buffer too.
        filled = buffer
        return goOn
      },
    },
  }
}
