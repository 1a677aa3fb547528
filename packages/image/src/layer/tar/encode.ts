/**
 * Writing the headers of tar entries: plain ustar where it can say everything, a PAX header before it where it cannot.
 * @module
 */
import { blockBytes, paddedSize, type TarEntry, type TarEntryType } from './entry.ts'

/** What an entry must have; everything else is zero or empty. */
export type NewTarEntry = Partial<TarEntry> & Pick<TarEntry, 'name' | 'type'>

/** The blocks before the content of the entry. The same entry gives the same bytes. */
export function encodeHeader(entry: NewTarEntry): Buffer {
  const records = new Map<string, string>()
  if (!isShort(entry.name, 100)) records.set('path', entry.name)
  if (!isShort(entry.linkName ?? '', 100)) records.set('linkpath', entry.linkName ?? '')
  if ((entry.size ?? 0) > maxOctal(12)) records.set('size', String(entry.size))
  for (const key of ['uid', 'gid'] as const) {
    if ((entry[key] ?? 0) > maxOctal(8)) records.set(key, String(entry[key]))
  }
  const mtime = entry.mtime ?? 0
  if (!Number.isInteger(mtime) || mtime < 0 || mtime > maxOctal(12)) records.set('mtime', String(mtime))
  for (const [key, value] of entry.pax ?? []) records.set(key, value)
  const block = headerBlock(entry, typeFlags[entry.type])
  if (records.size === 0) return block
  const sorted = [...records].sort(([a], [b]) => (a < b ? -1 : 1))
  const extension = Buffer.concat(sorted.map(([key, value]) => paxRecord(key, value)))
  const announcement = headerBlock({ name: 'PaxHeaders/entry', type: 'file', size: extension.byteLength }, 'x')
  return Buffer.concat([announcement, padded(extension), block])
}

/** The zeros after so many bytes of content. */
export function paddingAfter(size: number): Buffer {
  return Buffer.alloc(paddedSize(size) - size)
}

/** The end of an archive. */
export const endOfArchive: Buffer = Buffer.alloc(2 * blockBytes)

const typeFlags: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
}

function headerBlock(entry: NewTarEntry, flag: string): Buffer {
  const block = Buffer.alloc(blockBytes)
  block.write(entry.name, 0, 100, 'utf8')
  octal(block, entry.mode ?? (entry.type === 'directory' ? 0o755 : 0o644), 100, 8)
  octal(block, entry.uid ?? 0, 108, 8)
  octal(block, entry.gid ?? 0, 116, 8)
  octal(block, entry.size ?? 0, 124, 12)
  octal(block, Math.max(0, Math.floor(entry.mtime ?? 0)), 136, 12)
  block.fill(' ', 148, 156)
  block.write(flag, 156, 'latin1')
  block.write(entry.linkName ?? '', 157, 100, 'utf8')
  block.write('ustar\u000000', 257, 'latin1')
  block.write(entry.uname ?? '', 265, 31, 'utf8')
  block.write(entry.gname ?? '', 297, 31, 'utf8')
  octal(block, entry.devMajor ?? 0, 329, 8)
  octal(block, entry.devMinor ?? 0, 337, 8)
  const checksum = block.reduce((sum, byte) => sum + byte, 0)
  block.write(`${checksum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1')
  return block
}

function isShort(text: string, bytes: number): boolean {
  // Beyond ASCII only PAX says which encoding it is.
  return text.length <= bytes && /^[\x20-\x7e]*$/.test(text)
}

function maxOctal(length: number): number {
  return 8 ** (length - 1) - 1
}

/** What does not fit stands in a PAX record and is 0 here. */
function octal(block: Buffer, value: number, offset: number, length: number): void {
  const digits = (value > maxOctal(length) ? 0 : value).toString(8)
  block.write(digits.padStart(length - 1, '0'), offset, 'latin1')
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): Buffer {
  const isXattr = key.startsWith('SCHILY.xattr.')
  const body = Buffer.concat([
    Buffer.from(` ${key}=`),
    Buffer.from(value, isXattr ? 'latin1' : 'utf8'),
    Buffer.from('\n'),
  ])
  let length = body.byteLength
  while (length !== body.byteLength + String(length).length) length = body.byteLength + String(length).length
  return Buffer.concat([Buffer.from(String(length)), body])
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, paddingAfter(content.byteLength)])
}
