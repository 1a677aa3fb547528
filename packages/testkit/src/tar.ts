/**
 * Tar archives for tests (ustar, with PAX records on demand): also those that no honest tool writes, since every field
 * of a header is taken as it is given.
 * @module
 */

export interface TarEntry {
  /** Up to 100 bytes; longer ones are written as a PAX record. Not checked: `../escape` is what a test wants. */
  readonly name: string
  /** @default 'file' */
  readonly type?: TarType
  /** Of a file. */
  readonly content?: Uint8Array | string
  /** Of a link. */
  readonly linkName?: string
  /** @default 0o755 for directories, 0o644 for others */
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  /** Seconds since 1970. @default 0 */
  readonly mtime?: number
  readonly devMajor?: number
  readonly devMinor?: number
  /** Records of a PAX header before the entry, for example `SCHILY.xattr.user.a`. */
  readonly pax?: Readonly<Record<string, string>>
  /** Size that the header claims instead of the true one. */
  readonly claimedSize?: number
  /** Checksum that the header claims instead of the true one. */
  readonly claimedChecksum?: number
}

export type TarType = 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo'

const typeFlags: Readonly<Record<TarType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
}

const blockBytes = 512

/** An archive of the entries in their order, with the two zero blocks at its end. */
export function tar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(2 * blockBytes)])
}

function blocksOf(entry: TarEntry): Buffer[] {
  const records: Record<string, string> = { ...entry.pax }
  if (Buffer.byteLength(entry.name) > 100) records.path ??= entry.name
  if (Buffer.byteLength(entry.linkName ?? '') > 100) records.linkpath ??= entry.linkName ?? ''
  const content = Buffer.from(entry.content ?? '')
  const blocks = [header(entry, typeFlags[entry.type ?? 'file'], content.byteLength), padded(content)]
  if (Object.keys(records).length === 0) return blocks
  const pax = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)))
  return [header({ name: 'PaxHeaders/entry' }, 'x', pax.byteLength), padded(pax), ...blocks]
}

function header(entry: TarEntry, flag: string, size: number): Buffer {
  const block = Buffer.alloc(blockBytes)
  const mode = entry.mode ?? (entry.type === 'directory' ? 0o755 : 0o644)
  block.write(entry.name.slice(0, 100), 0, 100)
  writeNumber(block, mode, 100, 8)
  writeNumber(block, entry.uid ?? 0, 108, 8)
  writeNumber(block, entry.gid ?? 0, 116, 8)
  writeNumber(block, entry.claimedSize ?? size, 124, 12)
  writeNumber(block, entry.mtime ?? 0, 136, 12)
  block.fill(' ', 148, 156)
  block.write(flag, 156, 1)
  block.write((entry.linkName ?? '').slice(0, 100), 157, 100)
  block.write('ustar\u000000', 257, 8, 'latin1')
  writeNumber(block, entry.devMajor ?? 0, 329, 8)
  writeNumber(block, entry.devMinor ?? 0, 337, 8)
  const sum = entry.claimedChecksum ?? block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 8, 'latin1')
  return block
}

/** Octal digits and a NUL; the base-256 form of GNU tar for what does not fit. */
function writeNumber(block: Buffer, value: number, offset: number, length: number): void {
  const octal = value.toString(8)
  if (value >= 0 && octal.length < length) {
    block.write(octal.padStart(length - 1, '0'), offset, length - 1, 'latin1')
    return
  }
  let rest = BigInt.asUintN((length - 1) * 8, BigInt(value))
  for (let at = offset + length - 1; at > offset; at--) {
    block[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  block[offset] = value < 0 ? 0xff : 0x80
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const body = Buffer.byteLength(` ${key}=${value}\n`)
  let length = body + String(body).length
  length = body + String(length).length
  return Buffer.from(`${length} ${key}=${value}\n`)
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((blockBytes - (content.byteLength % blockBytes)) % blockBytes)])
}
