/**
 * Extended headers of tar (POSIX.1-2001 pax): records of a length, a key and a value.
 * @module
 */
import { invalidTar } from './invalid.ts'

/**
 * Reads `<length> <key>=<value>\n` records, where the length counts itself. Of equal keys the last counts; an empty value
 * stays in the map, for it takes back a global record.
 * @throws ARCHIVE_INVALID
 */
export function decodePax(bytes: Uint8Array): ReadonlyMap<string, string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records = new Map<string, string>()
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
    const key = buffer.toString('utf8', space + 1, equals)
    const isXattr = key.startsWith('SCHILY.xattr.')
    // Values of extended attributes are bytes; latin1 keeps each of them.
    const value = buffer.toString(isXattr ? 'latin1' : 'utf8', equals + 1, end - 1)
    if (!isXattr && value.includes('\u0000'))
      throw invalidTar(`the PAX record ${JSON.stringify(key.slice(0, 100))} holds a NUL`)
    records.set(key, value)
    at = end
  }
  return records
}
