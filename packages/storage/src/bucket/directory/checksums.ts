/**
 * CRC-32 of every block of an object: kept at its write, checked before a block leaves. See
 * `docs/decisions/0003-crc-per-64-kib.md`.
 * @module
 */
import { crc32 } from 'node:zlib'

/** The smallest read buffer is one block, so that it can be checked before any of it leaves. */
export const blockBytes = 64 * 1024

export const blockCount = (size: number): number => Math.ceil(size / blockBytes)

/** One CRC per block, the last one of a shorter block. */
export type BlockChecksums = Uint32Array

/** Computes the checksums of bytes that come in pieces of any size. */
export interface ChecksumStream {
  update(bytes: Uint8Array): void
  finish(): BlockChecksums
}

export function checksumStream(): ChecksumStream {
  let table: BlockChecksums = new Uint32Array(16)
  let count = 0
  let current = 0
  let filled = 0

  function closeBlock(): void {
    if (count === table.length) table = grown(table, count + 1)
    table[count++] = current
    current = 0
    filled = 0
  }

  return {
    update(bytes) {
      for (let at = 0; at < bytes.byteLength; ) {
        const piece = bytes.subarray(at, at + blockBytes - filled)
        current = crc32(piece, current)
        filled += piece.byteLength
        at += piece.byteLength
        if (filled === blockBytes) closeBlock()
      }
    },
    finish() {
      if (filled > 0) closeBlock()
      return table.slice(0, count)
    },
  }
}

export function checksumsOf(content: readonly Uint8Array[]): BlockChecksums {
  const stream = checksumStream()
  for (const bytes of content) stream.update(bytes)
  return stream.finish()
}

/** The table in a longer one, for at least `count` entries. */
export function grown(table: BlockChecksums, count: number): BlockChecksums {
  const longer = new Uint32Array(Math.max(count, table.length * 2))
  longer.set(table)
  return longer
}

export interface Mismatch {
  /** Byte offset of the block in the object. */
  readonly offset: number
  readonly expected: number
  readonly received: number
}

/** Checks whole blocks that begin at byte `offset` of the object; the first one that differs, or undefined. */
export function findMismatch(bytes: Uint8Array, offset: number, checksums: BlockChecksums): Mismatch | undefined {
  for (let at = 0; at < bytes.byteLength; at += blockBytes) {
    const received = crc32(bytes.subarray(at, at + blockBytes))
    const expected = checksums[(offset + at) / blockBytes]
    if (received !== expected) return { offset: offset + at, expected: expected ?? 0, received }
  }
  return undefined
}

/** As they are stored: little-endian, which every platform of Node is but s390x, where a store is not portable. */
export function encodeChecksums({ buffer, byteOffset, byteLength }: BlockChecksums): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

export function decodeChecksums(bytes: Uint8Array): BlockChecksums {
  // Copied: the bytes need not begin at a multiple of four.
  return new Uint32Array(Uint8Array.from(bytes).buffer)
}
