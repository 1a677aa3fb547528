/**
 * The header block of a tar entry (POSIX.1-1988 ustar, with the numbers and names of GNU tar).
 * @module
 */
import { invalidTar } from './invalid.ts'

/** The fields as they stand in the block. */
export interface TarHeader {
  /** The prefix of ustar and the name, joined. */
  readonly name: string
  /** `0` file, `1` hard link, `2` symbolic link, ..., `x` and `g` PAX, `L` and `K` GNU long names. */
  readonly typeFlag: string
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly uname: string
  readonly gname: string
  readonly mtime: number
  readonly linkName: string
  readonly devMajor: number
  readonly devMinor: number
}

/** True for a block of zeros, two of which end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0)
}

/** How names become strings: `latin1` gives one character per byte, so that names that are no UTF-8 keep their bytes. */
export type NameEncoding = 'utf8' | 'latin1'

/** @throws ARCHIVE_INVALID for a wrong checksum, a number that is none, a negative size. */
export function decodeHeader(bytes: Uint8Array, encoding: NameEncoding = 'utf8'): TarHeader {
  const block = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  checkChecksum(block)
  const size = numberAt(block, 124, 12, 'size')
  if (size < 0) throw invalidTar(`an entry has the negative size ${size}`)
  const hasOwners = ustar.every((byte, at) => block[257 + at] === byte)
  // GNU tar keeps other things in the place of the prefix.
  const prefix = hasOwners && block[262] === 0 ? textAt(block, 345, 155, encoding) : ''
  const name = textAt(block, 0, 100, encoding)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    typeFlag: block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 0),
    size,
    mode: numberAt(block, 100, 8, 'mode') & 0o7777,
    uid: numberAt(block, 108, 8, 'uid'),
    gid: numberAt(block, 116, 8, 'gid'),
    mtime: numberAt(block, 136, 12, 'mtime'),
    linkName: textAt(block, 157, 100, encoding),
    uname: hasOwners ? textAt(block, 265, 32, encoding) : '',
    gname: hasOwners ? textAt(block, 297, 32, encoding) : '',
    devMajor: hasOwners ? numberAt(block, 329, 8, 'device') : 0,
    devMinor: hasOwners ? numberAt(block, 337, 8, 'device') : 0,
  }
}

const ustar = [...Buffer.from('ustar')]

function checkChecksum(block: Buffer): void {
  const claimed = numberAt(block, 148, 8, 'checksum')
  // The checksum counts as eight spaces.
  let unsigned = 8 * 0x20
  for (let at = 0; at < 148; at++) unsigned += block[at] as number
  for (let at = 156; at < block.byteLength; at++) unsigned += block[at] as number
  // Some historical writers summed signed bytes.
  if (claimed !== unsigned && claimed !== unsigned - 256 * negativeBytes(block)) {
    throw invalidTar(`a header has checksum ${claimed}, its bytes have ${unsigned}`)
  }
}

function negativeBytes(block: Buffer): number {
  return block.reduce((count, byte, at) => count + (byte > 127 && (at < 148 || at >= 156) ? 1 : 0), 0)
}

/** Up to the first NUL. */
function textAt(block: Buffer, offset: number, length: number, encoding: NameEncoding): string {
  if (block[offset] === 0) return ''
  const nul = block.indexOf(0, offset)
  return block.toString(encoding, offset, nul < 0 || nul > offset + length ? offset + length : nul)
}

/** Octal digits between spaces and NULs, or the base-256 form that GNU tar marks with the highest bit. */
export function numberAt(block: Buffer, offset: number, length: number, field: string): number {
  const first = block[offset] ?? 0
  const value = first >= 0x80 ? base256At(block, offset, length) : octalAt(block, offset, length, field)
  if (Number.isSafeInteger(value)) return value
  throw invalidTar(`the ${field} ${value} of an entry is too large`)
}

function octalAt(block: Buffer, offset: number, length: number, field: string): number {
  let value = 0
  let state: 'before' | 'in' | 'after' = 'before'
  for (let at = offset; at < offset + length; at++) {
    const byte = block[at] as number
    if (byte === 0 || byte === 0x20) {
      if (state === 'in') state = 'after'
    } else if (byte >= 0x30 && byte <= 0x37 && state !== 'after') {
      state = 'in'
      value = value * 8 + byte - 0x30
    } else return octalOf(block, offset, length, field)
  }
  return value
}

/** Of what is no digits between spaces and NULs; other blanks are taken for spaces. */
function octalOf(block: Buffer, offset: number, length: number, field: string): number {
  const text = block
    .toString('latin1', offset, offset + length)
    .replaceAll('\u0000', ' ')
    .trim()
  if (!/^[0-7]*$/.test(text)) throw invalidTar(`the ${field} of an entry is ${JSON.stringify(text)}, not octal digits`)
  return text === '' ? 0 : Number.parseInt(text, 8)
}

function base256At(block: Buffer, offset: number, length: number): number {
  let value = BigInt((block[offset] ?? 0) & 0x7f)
  for (let at = offset + 1; at < offset + length; at++) value = (value << 8n) | BigInt(block[at] ?? 0)
  return Number(BigInt.asIntN(length * 8 - 1, value))
}
