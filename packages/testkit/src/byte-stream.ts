/**
 * Random content of any size that is never held: blobs of many gigabytes for tests of memory and resuming.
 * @module
 */
import { createCipheriv } from 'node:crypto'
import { type Digest, type DigestAlgorithm, Digester } from '@tsreg/oci'

export interface ByteStreamOptions {
  readonly seed: number
  /** Bytes of the whole content. */
  readonly size: number
  /**
   * First byte given; the bytes are the same as when read from the beginning.
   * @default 0
   */
  readonly offset?: number
  /** @default 64 KiB */
  readonly chunkBytes?: number
}

const blockBytes = 16

/** The key stream of AES in counter mode: gigabytes a second, and any offset at once. Each chunk has its own memory. */
export async function* byteStream(options: ByteStreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
  yield* byteChunks(options)
}

/** Like {@link byteStream}, not asynchronous. */
export function* byteChunks({
  seed,
  size,
  offset = 0,
  chunkBytes = 64 * 1024,
}: ByteStreamOptions): Generator<Uint8Array, void, undefined> {
  const key = Buffer.alloc(16)
  key.writeUInt32BE(seed >>> 0)
  const counter = Buffer.alloc(16)
  counter.writeBigUInt64BE(BigInt(Math.floor(offset / blockBytes)), 8)
  const cipher = createCipheriv('aes-128-ctr', key, counter)
  cipher.update(Buffer.alloc(offset % blockBytes))
  const zeros = Buffer.alloc(Math.min(chunkBytes, Math.max(0, size - offset)))
  for (let at = offset; at < size; at += chunkBytes) {
    yield cipher.update(zeros.subarray(0, Math.min(chunkBytes, size - at)))
  }
}

/** The digest of the whole content, computed without holding it. */
export function byteStreamDigest(seed: number, size: number, algorithm: DigestAlgorithm = 'sha256'): Digest {
  const digester = new Digester(algorithm)
  for (const chunk of byteChunks({ seed, size })) digester.update(chunk)
  return digester.digest()
}
