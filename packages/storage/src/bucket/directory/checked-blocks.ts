/**
 * Remembers which blocks of a data file were checked a short while ago, so that a popular object is not checked again
 * for every reader: a check costs as much as sending the block. Forgotten when the file was changed in any way since.
 * @module
 */
import { blockBytes, blockCount } from './checksums.ts'

/** What tells that nobody wrote to a file: fields of fstat(2). */
export interface FileIdentity {
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

export interface CheckedFiles {
  /** True when all blocks of these bytes, which begin with a block, were checked and the file is still the same. */
  covers(name: string, identity: FileIdentity, offset: number, length: number): boolean
  /** @param identity of the file before the bytes were read. */
  add(name: string, identity: FileIdentity, offset: number, length: number): void
}

interface Entry {
  readonly identity: FileIdentity
  readonly bits: Uint8Array
  /** Clock reading of the oldest check. */
  readonly since: number
}

/** A disk that rots under a file is noticed after this time at the latest, if the page was dropped from memory. */
const trustedMs = 5 * 60_000
const rememberedFiles = 1000

export function checkedFiles(now: () => number = () => performance.now()): CheckedFiles {
  const entries = new Map<string, Entry>()

  function fresh(name: string, identity: FileIdentity): Entry {
    const entry = { identity, bits: new Uint8Array(Math.ceil(blockCount(Number(identity.size)) / 8)), since: now() }
    entries.delete(name)
    entries.set(name, entry)
    for (const oldest of entries.keys()) {
      if (entries.size <= rememberedFiles) break
      entries.delete(oldest)
    }
    return entry
  }

  function current(name: string, identity: FileIdentity): Entry {
    const entry = entries.get(name)
    const valid = entry !== undefined && now() - entry.since < trustedMs && isSameFile(entry.identity, identity)
    return valid ? entry : fresh(name, identity)
  }

  return {
    covers(name, identity, offset, length) {
      const { bits } = current(name, identity)
      const end = (offset + length) / blockBytes
      for (let block = offset / blockBytes; block < end; block++) if (!isSet(bits, block)) return false
      return true
    },
    add(name, identity, offset, length) {
      const { bits } = current(name, identity)
      const end = (offset + length) / blockBytes
      for (let block = offset / blockBytes; block < end; block++) {
        bits[block >> 3] = (bits[block >> 3] ?? 0) | (1 << (block & 7))
      }
    },
  }
}

function isSet(bits: Uint8Array, block: number): boolean {
  return (((bits[block >> 3] ?? 0) >> (block & 7)) & 1) === 1
}

export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs
}
