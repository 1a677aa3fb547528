/**
 * Compression by gzip (RFC 1952) on all cores: blocks are deflated side by side, each with the end of the one before as its
 * dictionary, and written one after the other as a single member that every gunzip reads.
 * @module
 */
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib'

const deflate = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw)

const blockBytes = 1024 * 1024
const windowBytes = 32 * 1024
/** 1.4 times as fast as level 6 and less than one per cent larger, measured on a layer of programs. */
const level = 5

/** No name, no time, and "unknown" as system (RFC 1952, section 2.3). */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

/**
 * The content compressed. The bytes depend only on the content, not on its chunks, the machine's cores or the time, as long
 * as the version of Node is the same. A few blocks are in memory.
 */
export async function* gzip(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield header
  const running: Promise<Buffer>[] = []
  let checksum = 0
  let size = 0
  let dictionary: Buffer = Buffer.alloc(0)
  try {
    for await (const block of blocksOf(content)) {
      checksum = crc32(block, checksum)
      size += block.byteLength
      running.push(deflateBlock(block, dictionary))
      dictionary = block.subarray(-windowBytes)
      if (running.length > availableParallelism()) yield await next(running)
    }
    while (running.length > 0) yield await next(running)
  } finally {
    // Left early: what is still being deflated must not fail unheard.
    await Promise.allSettled(running)
  }
  yield await deflate(Buffer.alloc(0), { level })
  yield trailer(checksum, size)
}

function deflateBlock(block: Buffer, dictionary: Buffer): Promise<Buffer> {
  return deflate(block, {
    level,
    memLevel: 9,
    chunkSize: 256 * 1024,
    // Ends on a byte, and the stream goes on.
    finishFlush: constants.Z_SYNC_FLUSH,
    ...(dictionary.byteLength === 0 ? {} : { dictionary }),
  })
}

async function next(running: Promise<Buffer>[]): Promise<Buffer> {
  const [first] = running
  const block = (await first) ?? Buffer.alloc(0)
  running.shift()
  return block
}

/** Blocks of one size, whatever the chunks were. */
async function* blocksOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let block = Buffer.allocUnsafe(blockBytes)
  let filled = 0
  for await (const chunk of content) {
    for (let at = 0; at < chunk.byteLength; ) {
      const part = chunk.subarray(at, at + blockBytes - filled)
      block.set(part, filled)
      filled += part.byteLength
      at += part.byteLength
      if (filled < blockBytes) continue
      yield block
      block = Buffer.allocUnsafe(blockBytes)
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}

function trailer(checksum: number, size: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(checksum, 0)
  bytes.writeUInt32LE(size % 2 ** 32, 4)
  return bytes
}
