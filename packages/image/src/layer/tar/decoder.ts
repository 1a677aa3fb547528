/**
 * From header blocks to entries: a decoder that does no reading of its own, so that files and streams share it.
 * @module
 */
import { blockBytes, type SparseMap, type TarEntry, type TarEntryType } from './entry.ts'
import { decodeHeader, isZeroBlock, type NameEncoding, type TarHeader } from './header.ts'
import { invalidTar, unsupportedTar } from './invalid.ts'
import { decodePax, isPaxNumber, notANumber, paxNanoseconds } from './pax.ts'
import { checkSparse, oldGnuSparse, type SparseBlocks, sparseBlocks, sparseFromText } from './sparse.ts'

/** Most bytes of one extended header, and of one name in it. Real ones are a few hundred bytes. */
const maxExtensionBytes = 1024 * 1024
const maxNameBytes = 64 * 1024

/** What a header block is the beginning of. */
export type TarItem =
  | { readonly kind: 'zero' }
  /** `size` bytes of it follow, padded; they are given to {@link TarDecoder.extend}. */
  | { readonly kind: 'extension'; readonly size: number }
  /** The next block belongs to it: another part of the map of a sparse file. Give it to {@link TarDecoder.header}. */
  | { readonly kind: 'more' }
  /** `entry.size` bytes of content follow, padded. */
  | { readonly kind: 'entry'; readonly entry: TarEntry }

export interface TarDecoderOptions {
  /** How names and targets of links become strings. @default 'utf8' */
  readonly names?: NameEncoding
  /** Whether files with holes are read; otherwise they are ARCHIVE_UNSUPPORTED. @default false */
  readonly sparse?: boolean
}

/** One archive's decoder: give it each header block, and the content of each extension. */
export class TarDecoder {
  readonly #names: NameEncoding
  readonly #readsSparse: boolean
  #global: ReadonlyMap<string, string> = noRecords
  #local: ReadonlyMap<string, string> = noRecords
  #longName: string | undefined
  #longLink: string | undefined
  #extension: string | undefined
  #sparse: PendingSparse | undefined

  constructor({ names = 'utf8', sparse = false }: TarDecoderOptions = {}) {
    this.#names = names
    this.#readsSparse = sparse
  }

  /** True between an extended header and its entry: the archive must not end here. */
  get isInside(): boolean {
    const isExtended = this.#local.size > 0 || this.#longName !== undefined || this.#longLink !== undefined
    return isExtended || this.#sparse !== undefined
  }

  /** @throws ARCHIVE_INVALID, ARCHIVE_UNSUPPORTED */
  header(bytes: Uint8Array): TarItem {
    const block = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (this.#sparse !== undefined) return this.#nextOfMap(this.#sparse, block)
    if (isZeroBlock(block)) return { kind: 'zero' }
    const header = decodeHeader(block, this.#names)
    if (!extensionFlags.has(header.typeFlag)) return this.#itemOf(header, block)
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
    if (flag === 'L') this.#longName = longNameOf(content, this.#names)
    else if (flag === 'K') this.#longLink = longNameOf(content, this.#names)
    else if (flag === 'x') this.#local = decodePax(content, this.#names)
    // Only the latest global header counts: memory stays bounded however many there are.
    else this.#global = decodePax(content, this.#names)
  }

  #itemOf(header: TarHeader, block: Buffer): TarItem {
    const pax = this.#takePax()
    const name = limited(take(pax, 'path') ?? this.#longName ?? header.name)
    const linkName = limited(take(pax, 'linkpath') ?? this.#longLink ?? header.linkName)
    this.#longName = undefined
    this.#longLink = undefined
    const size = paxNumber(pax, 'size', header.size)
    if (!Number.isSafeInteger(size) || size < 0) throw invalidTar(`an entry has the size ${size}`)
    const sparse = this.#sparseOf(header, block, pax)
    const type = typeOf(header, name)
    const mtime = take(pax, 'mtime')
    const entry: TarEntry = {
      name: sparse?.name ?? name,
      type,
      // What other types claim is ignored, as by Go's archive/tar: two readers must not disagree on what is content.
      size: type === 'file' ? size : 0,
      mode: header.mode,
      uid: paxNumber(pax, 'uid', header.uid),
      gid: paxNumber(pax, 'gid', header.gid),
      uname: take(pax, 'uname') ?? header.uname,
      gname: take(pax, 'gname') ?? header.gname,
      mtime: mtime === undefined ? header.mtime : Number(mtime),
      mtimeNs: mtime === undefined ? BigInt(header.mtime) * 1_000_000_000n : paxNanoseconds('mtime', mtime),
      linkName: type === 'hardlink' || type === 'symlink' ? linkName : '',
      devMajor: header.devMajor,
      devMinor: header.devMinor,
      pax,
    }
    if (sparse === undefined) return { kind: 'entry', entry }
    if (type !== 'file') throw invalidTar(`a sparse file has the type ${JSON.stringify(type)}`)
    if (sparse.map !== undefined) return sparseItem(entry, sparse.map)
    if (sparse.blocks === undefined) throw invalidTar('a sparse file has no map')
    this.#sparse = { entry, blocks: sparse.blocks, countsBlocks: sparse.countsBlocks }
    return { kind: 'more' }
  }

  /** The records that hold for the next entry alone, and the global ones that they do not replace. */
  #takePax(): Map<string, string> {
    const local = this.#local
    this.#local = noRecords
    if (this.#global.size === 0) return new Map(local)
    return new Map([...this.#global, ...local].filter(([, value]) => value !== ''))
  }

  #sparseOf(header: TarHeader, block: Buffer, pax: Map<string, string>): FoundSparse | undefined {
    const isOld = header.typeFlag === 'S'
    if (!isOld && !hasSparseRecords(pax)) return undefined
    if (!this.#readsSparse) throw unsupportedTar('sparse files')
    if (isOld) {
      const blocks = oldGnuSparse(block)
      return { name: undefined, map: blocks.first, blocks, countsBlocks: false }
    }
    const name = take(pax, 'GNU.sparse.name')
    const version = `${take(pax, 'GNU.sparse.major') ?? '0'}.${take(pax, 'GNU.sparse.minor') ?? '0'}`
    const text = take(pax, 'GNU.sparse.map')
    const size = paxNumber(pax, 'GNU.sparse.realsize', paxNumber(pax, 'GNU.sparse.size', Number.NaN))
    if (!Number.isSafeInteger(size)) throw invalidTar(`a sparse file has the size ${size}`)
    take(pax, 'GNU.sparse.numblocks')
    if (version === '1.0') return { name, map: undefined, blocks: sparseBlocks(size), countsBlocks: true }
    if (version !== '0.0' && version !== '0.1') throw unsupportedTar(`sparse files of version ${version}`)
    return { name, map: sparseFromText(text ?? '', size), blocks: undefined, countsBlocks: false }
  }

  #nextOfMap(pending: PendingSparse, block: Buffer): TarItem {
    if (pending.countsBlocks) pending.entry = { ...pending.entry, size: pending.entry.size - blockBytes }
    if (pending.entry.size < 0) throw invalidTar('the map of a sparse file is longer than its content')
    const map = pending.blocks.next(block)
    if (map === undefined) return { kind: 'more' }
    this.#sparse = undefined
    return sparseItem(pending.entry, map)
  }
}

interface FoundSparse {
  readonly name: string | undefined
  /** The map, where it stands in the headers whole. */
  readonly map: SparseMap | undefined
  readonly blocks: SparseBlocks | undefined
  /** Whether the blocks of the map count as content. */
  readonly countsBlocks: boolean
}

interface PendingSparse {
  entry: TarEntry
  readonly blocks: SparseBlocks
  readonly countsBlocks: boolean
}

function sparseItem(entry: TarEntry, sparse: SparseMap): TarItem {
  checkSparse(sparse, entry.size)
  return { kind: 'entry', entry: { ...entry, sparse } }
}

const noRecords: ReadonlyMap<string, string> = new Map()

function hasSparseRecords(pax: ReadonlyMap<string, string>): boolean {
  for (const key of pax.keys()) if (key.startsWith('GNU.sparse.')) return true
  return false
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
  S: 'file',
}

function typeOf({ typeFlag }: TarHeader, name: string): TarEntryType {
  const type = Object.hasOwn(types, typeFlag) ? types[typeFlag] : undefined
  if (type === undefined) throw unsupportedTar(`entries of type ${JSON.stringify(typeFlag)}`)
  // Before POSIX a directory was a file with a slash at its end.
  return type === 'file' && name.endsWith('/') ? 'directory' : type
}

function longNameOf(content: Uint8Array, encoding: NameEncoding): string {
  const nul = content.indexOf(0)
  return Buffer.from(nul < 0 ? content : content.subarray(0, nul)).toString(encoding)
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
  if (isPaxNumber(text)) return Number(text)
  throw notANumber(key, text)
}
