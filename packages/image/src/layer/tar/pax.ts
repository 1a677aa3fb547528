/**
 * Extended headers of tar (POSIX.1-2001 pax): records of a length, a key and a value.
 * @module
 */
import type { NameEncoding } from './header.ts'
import { invalidTar } from './invalid.ts'

/**
 * Reads `<length> <key>=<value>\n` records, where the length counts itself. Of equal keys the last counts; an empty value
 * stays in the map, for it takes back a global record. The map of a sparse file, which version 0.0 writes as repeated keys,
 * becomes the one record that version 0.1 has.
 * @throws ARCHIVE_INVALID
 */
export function decodePax(bytes: Uint8Array, encoding: NameEncoding = 'utf8'): ReadonlyMap<string, string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records = new Map<string, string>()
  const sparse: string[] = []
  for (let at = 0; at < buffer.byteLength; ) {
    // Old versions of star fill the block with zeros.
    if (buffer[at] === 0) break
    const space = buffer.indexOf(0x20, at)
    const digits = space < 0 || space - at > 10 ? '' : buffer.toString('latin1', at, space)
    const length = /^[1-9]\d*$/.test(digits) ? Number(digits) : 0
    const end = at + length
    if (length === 0 || end > buffer.byteLength || end <= space + 1 || buffer[end - 1] !== 0x0a) {
      throw invalidTar('a PAX record has a wrong length')
    }
    const equals = buffer.indexOf(0x3d, space)
    if (equals < 0 || equals >= end || equals === space + 1) throw invalidTar('a PAX record has no key')
    const key = buffer.toString(encoding, space + 1, equals)
    const isXattr = key.startsWith('SCHILY.xattr.')
    // Values of extended attributes are bytes; latin1 keeps each of them.
    const value = buffer.toString(isXattr ? 'latin1' : encoding, equals + 1, end - 1)
    if (!isXattr && value.includes('\u0000'))
      throw invalidTar(`the PAX record ${JSON.stringify(key.slice(0, 100))} holds a NUL`)
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') sparse.push(value)
    else records.set(key, value)
    at = end
  }
  if (sparse.length > 0) records.set('GNU.sparse.map', sparse.join(','))
  return records
}

/** True for a number as PAX writes it: decimal, possibly negative and with a fraction. */
export function isPaxNumber(text: string): boolean {
  return /^-?\d{1,19}(\.\d{0,30})?$/.test(text)
}

/** A time record in nanoseconds since 1970; what is finer is cut off. @throws ARCHIVE_INVALID for what is no number */
export function paxNanoseconds(key: string, text: string): bigint {
  if (!isPaxNumber(text)) throw notANumber(key, text)
  const [seconds = '0', fraction = ''] = text.split('.')
  const nanoseconds = BigInt(fraction.slice(0, 9).padEnd(9, '0'))
  return BigInt(seconds) * 1_000_000_000n + (seconds.startsWith('-') ? -nanoseconds : nanoseconds)
}

export function notANumber(key: string, text: string): Error {
  return invalidTar(`the PAX record ${key} is ${JSON.stringify(text.slice(0, 100))}, not a number`)
}
