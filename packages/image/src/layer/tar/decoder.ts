/**
 * From header blocks to entries: a decoder that does no reading of its own, so that files and streams share it.
 * @module
 */
import type { TarEntry, TarEntryType } from './entry.ts'
import { decodeHeader, isZeroBlock, type TarHeader } from './header.ts'
import { invalidTar, unsupportedTar } from './invalid.ts'
import { decodePax } from './pax.ts'

/** Most bytes of one extended header, and of one name in it. Real ones are a few hundred bytes. */
const maxExtensionBytes = 1024 * 1024
const maxNameBytes = 64 * 1024

/** What a header block is the beginning of. */
export type TarItem =
  | { readonly kind: 'zero' }
  /** `size` bytes of it follow, padded; they are given to {@link TarDecoder.extend}. */
  | { readonly kind: 'extension'; readonly size: number }
  /** `entry.size` bytes of content follow, padded. */
  | { readonly kind: 'entry'; readonly entry: TarEntry }

/** One archive's decoder: give it each header block, and the content of each extension. */
export class TarDecoder {
  #global: ReadonlyMap<string, string> = new Map()
  #local: ReadonlyMap<string, string> = new Map()
  #longName: string | undefined
  #longLink: string | undefined
  #extension: string | undefined

  /** True between an extended header and its entry: the archive must not end here. */
  get isInside(): boolean {
    return this.#local.size > 0 || this.#longName !== undefined || this.#longLink !== undefined
  }

  /** @throws ARCHIVE_INVALID, ARCHIVE_UNSUPPORTED */
  header(block: Uint8Array): TarItem {
    if (isZeroBlock(block)) return { kind: 'zero' }
    const header = decodeHeader(block)
    if (!extensionFlags.has(header.typeFlag)) return { kind: 'entry', entry: this.#entryOf(header) }
    if (header.size > maxExtensionBytes) {
      throw invalidTar(`an extended header has ${header.size} bytes; the limit is ${maxExtensionBytes}`)
    }
    this.#extension = header.typeFlag
    return { kind: 'extension', size: header.size }
  }

  /** Takes the content of the extension that the last header announced. */
  extend(content: Uint8Array): void {
    const flag = this.#extension
    this.#extension = undefined
    if (flag === 'L') this.#longName = longNameOf(content)
    else if (flag === 'K') this.#longLink = longNameOf(content)
    else if (flag === 'x') this.#local = decodePax(content)
    // Only the latest global header counts: memory stays bounded however many there are.
    else this.#global = decodePax(content)
  }

  #entryOf(header: TarHeader): TarEntry {
    const pax = new Map([...this.#global, ...this.#local].filter(([, value]) => value !== ''))
    const name = limited(take(pax, 'path') ?? this.#longName ?? header.name)
    const linkName = limited(take(pax, 'linkpath') ?? this.#longLink ?? header.linkName)
    this.#local = new Map()
    this.#longName = undefined
    this.#longLink = undefined
    for (const key of pax.keys()) {
      if (key.startsWith('GNU.sparse.')) throw unsupportedTar('sparse files')
    }
    const size = paxNumber(pax, 'size', header.size)
    if (!Number.isSafeInteger(size) || size < 0) throw invalidTar(`an entry has the size ${size}`)
    const type = typeOf(header, name)
    return {
      name,
      type,
      // What other types claim is ignored, as by Go's archive/tar: two readers must not disagree on what is content.
      size: type === 'file' ? size : 0,
      mode: header.mode,
      uid: paxNumber(pax, 'uid', header.uid),
      gid: paxNumber(pax, 'gid', header.gid),
      uname: take(pax, 'uname') ?? header.uname,
      gname: take(pax, 'gname') ?? header.gname,
      mtime: paxNumber(pax, 'mtime', header.mtime),
      linkName: type === 'hardlink' || type === 'symlink' ? linkName : '',
      devMajor: header.devMajor,
      devMinor: header.devMinor,
      pax,
    }
  }
}

const extensionFlags: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K'])

const types: Readonly<Record<string, TarEntryType>> = {
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
}

function typeOf({ typeFlag }: TarHeader, name: string): TarEntryType {
  const type = Object.hasOwn(types, typeFlag) ? types[typeFlag] : undefined
  if (type === undefined) {
    throw unsupportedTar(typeFlag === 'S' ? 'sparse files' : `entries of type ${JSON.stringify(typeFlag)}`)
  }
  // Before POSIX a directory was a file with a slash at its end.
  return type === 'file' && name.endsWith('/') ? 'directory' : type
}

function longNameOf(content: Uint8Array): string {
  const nul = content.indexOf(0)
  return Buffer.from(nul < 0 ? content : content.subarray(0, nul)).toString('utf8')
}

function limited(name: string): string {
  if (name.length <= maxNameBytes) return name
  throw invalidTar(`a name has ${name.length} characters; the limit is ${maxNameBytes}`)
}

function take(pax: Map<string, string>, key: string): string | undefined {
  const value = pax.get(key)
  pax.delete(key)
  return value
}

function paxNumber(pax: Map<string, string>, key: string, otherwise: number): number {
  const text = take(pax, key)
  if (text === undefined) return otherwise
  if (/^-?\d{1,19}(\.\d{0,30})?$/.test(text)) return Number(text)
  throw invalidTar(`the PAX record ${key} is ${JSON.stringify(text.slice(0, 100))}, not a number`)
}
