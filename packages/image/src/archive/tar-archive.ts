/**
 * A tar file as a set of files that are read in place: nothing is extracted, so nothing can be written where it should
 * not be.
 * @module
 */
import type { Readable } from 'node:stream'
import type { FetchOptions, OperationOptions } from '@tsreg/oci/content'
import { ImageError } from '../errors.ts'
import { type OpenByteFile, openByteFile, type SpoolOptions, spool, streamRange } from '../files/byte-file.ts'
import { decompress, detectCompression } from '../layer/compression.ts'
import { type PlacedEntry, readTarEntries } from '../layer/tar/read.ts'
import type { LayoutFiles } from '../layout/read.ts'

/** The regular files of an archive, by their paths; links lead to what they point at. */
export interface TarArchive extends LayoutFiles {
  /** True when there is such a file. */
  has(path: string): boolean
  /** Where the content lies: the same for all names of one file. @throws ARCHIVE_INVALID when there is no such file */
  placeOf(path: string): { readonly offset: number; readonly size: number }
  /** A part of the archive as a stream. */
  openAt(place: { readonly offset: number; readonly size: number }, options: FetchOptions): Readable
  close(): Promise<void>
}

export interface OpenArchiveOptions extends OperationOptions, Pick<SpoolOptions, 'temporaryDirectory'> {}

/** An archive of images has a handful of files for each layer. */
const maxEntries = 200_000
const maxNameCharacters = 32 * 1024 * 1024
const maxLinks = 10

/**
 * Reads the headers of the archive. Compressed archives, pipes and devices are first written to a file without a name in
 * the temporary directory.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSUPPORTED, STORAGE_FULL, the error of the system when there is no such file
 */
export async function openTarArchive(path: string, options: OpenArchiveOptions = {}): Promise<TarArchive> {
  options.signal?.throwIfAborted()
  const file = await openUncompressed(path, options)
  try {
    return archiveOf(path, file, await indexEntries(file, options))
  } catch (error) {
    await file.close()
    throw locate(error, path)
  }
}

async function openUncompressed(path: string, options: OpenArchiveOptions): Promise<OpenByteFile> {
  const opened = await openByteFile(path)
  const raw = opened.isRegular ? opened : await thenClose(opened, () => spool(endless(opened), options))
  try {
    const compression = detectCompression(await raw.read(0, 8))
    if (compression === 'none') return raw
    const content = streamRange(raw, { start: 0, end: raw.size })
    return await thenClose(raw, () => spool(decompress(content, compression, options), options))
  } catch (error) {
    await raw.close().catch(() => {})
    throw locate(error, path)
  }
}

async function thenClose<T>(file: OpenByteFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    await file.close()
  }
}

async function* endless(file: OpenByteFile): AsyncGenerator<Buffer, void, undefined> {
  for (;;) {
    const chunk = await file.read(0, 64 * 1024)
    if (chunk.byteLength === 0) return
    yield chunk
  }
}

type Index = ReadonlyMap<string, PlacedEntry | 'duplicate'>

async function indexEntries(file: OpenByteFile, options: OpenArchiveOptions): Promise<Index> {
  const index = new Map<string, PlacedEntry | 'duplicate'>()
  let entries = 0
  let characters = 0
  for await (const placed of readTarEntries(file, options)) {
    const name = normalize(placed.entry.name)
    entries += 1
    characters += name.length + placed.entry.linkName.length
    if (entries > maxEntries) throw invalid(`it has more than ${maxEntries} entries`)
    if (characters > maxNameCharacters) throw invalid('its names are too long in all')
    if (placed.entry.type === 'directory') continue
    index.set(name, index.has(name) ? 'duplicate' : placed)
  }
  if (entries === 0) throw invalid('it is empty, or no tar archive')
  return index
}

function archiveOf(location: string, file: OpenByteFile, index: Index): TarArchive {
  const find = (path: string) => follow(index, path)
  const placeOf = (path: string) => {
    const placed = find(path)
    if (placed === undefined) throw invalid(`it has no file ${JSON.stringify(path.slice(0, 300))}`, location)
    return { offset: placed.offset, size: placed.entry.size }
  }
  const openAt: TarArchive['openAt'] = ({ offset, size }, { offset: skip = 0, signal }) =>
    streamRange(file, { start: offset + skip, end: offset + size, signal })
  return {
    location,
    has: (path) => find(path) !== undefined,
    placeOf,
    openAt,
    sizeOf: async (path) => find(path)?.entry.size,
    read: async (path, limit) => {
      const placed = find(path)
      if (placed === undefined) return undefined
      const { size } = placed.entry
      if (size > limit) throw invalid(`${path} has ${size} bytes; expected at most ${limit}`, location)
      return file.read(placed.offset, size)
    },
    open: async (path, options) => (find(path) === undefined ? undefined : openAt(placeOf(path), options)),
    close: () => file.close(),
  }
}

/** The regular file that a path leads to, within the archive. */
function follow(index: Index, path: string): PlacedEntry | undefined {
  let name = path
  for (let links = 0; links <= maxLinks; links++) {
    const placed = index.get(name)
    if (placed === undefined) return undefined
    // Which of the two a reader takes is anybody's guess; content must not depend on it.
    if (placed === 'duplicate') throw invalid(`it has the file ${JSON.stringify(name.slice(0, 300))} twice`)
    const { type, linkName } = placed.entry
    if (type === 'file') return placed
    if (type === 'symlink') name = normalize(`${name.slice(0, name.lastIndexOf('/') + 1)}${linkName}`)
    else if (type === 'hardlink') name = normalize(linkName)
    else return undefined
  }
  throw invalid(`the link ${JSON.stringify(path.slice(0, 300))} leads in a circle`)
}

/** `./a//b/../c` is `a/c`. @throws ARCHIVE_INVALID for a name that leads out of the archive */
function normalize(name: string): string {
  if (name.startsWith('/')) throw invalid(`the name ${JSON.stringify(name.slice(0, 300))} is absolute`)
  const parts: string[] = []
  for (const part of name.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined)
        throw invalid(`the name ${JSON.stringify(name.slice(0, 300))} leads out of the archive`)
    } else if (part !== '' && part !== '.') {
      parts.push(part)
    }
  }
  return parts.join('/')
}

function invalid(why: string, location?: string): ImageError {
  const where = location === undefined ? 'the archive cannot be read' : `${location} cannot be read as an archive`
  return new ImageError('ARCHIVE_INVALID', `${where}: ${why}`, { detail: { reason: why } })
}

/** The same error, naming the file. */
function locate(error: unknown, path: string): unknown {
  if (!(error instanceof ImageError)) return error
  return new ImageError(error.code, `${path}: ${error.message}`, {
    detail: { ...error.detail, file: path },
    advice: error.advice,
    cause: error,
  })
}
