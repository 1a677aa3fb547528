/**
 * From the entries of a layer to its tar archive: the same entries give the same bytes.
 * @module
 */
import { ImageError } from '../../errors.ts'
import { encodeHeader, endOfArchive, type NewTarEntry, paddingAfter } from '../tar/encode.ts'
import { compareLayerPaths, isLayerXattr, type LayerEntry, opaqueMark, whiteoutPrefix } from './entry.ts'

export interface TarEntriesOptions {
  /**
   * Later modification times are written as this one, in seconds since 1970.
   * @default none
   */
  readonly latestTime?: number | undefined
}

/**
 * The archive, in chunks. Entries must come in the order of {@link compareLayerPaths}, each path once.
 * @throws TypeError for entries out of order; NAME_RESERVED, FILE_CHANGED
 */
export async function* tarEntries(
  entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
  options: TarEntriesOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  let previous: string | undefined
  for await (const entry of entries) {
    checkPath(entry, previous)
    previous = entry.path
    yield encodeHeader(headerOf(entry, options))
    if (entry.type === 'directory' && entry.opaque === true) yield encodeHeader(markOf(`${entry.path}/${opaqueMark}`))
    if (entry.type === 'file') yield* contentOf(entry)
  }
  yield endOfArchive
}

function headerOf(entry: LayerEntry, options: TarEntriesOptions): NewTarEntry {
  if (entry.type === 'whiteout') return markOf(entry.path.replace(/[^/]*$/, (name) => whiteoutPrefix + name))
  const common = {
    name: entry.type === 'directory' ? `${entry.path}/` : entry.path,
    mode: entry.mode & 0o7777,
    uid: entry.uid,
    gid: entry.gid,
    mtime: Math.floor(Math.min(entry.mtime, options.latestTime ?? Number.POSITIVE_INFINITY)),
    pax: paxOf(entry.xattrs),
  }
  switch (entry.type) {
    case 'file':
      return { ...common, type: 'file', size: entry.sizeBytes }
    case 'symlink':
    case 'hardlink':
      return { ...common, type: entry.type, linkName: entry.target }
    case 'char':
    case 'block':
      return { ...common, type: entry.type, devMajor: entry.devMajor, devMinor: entry.devMinor }
    default:
      return { ...common, type: entry.type }
  }
}

/** An empty file. When something was deleted is not told: it would make every build another one. */
function markOf(name: string): NewTarEntry {
  return { name, type: 'file', mode: 0o600, mtime: 0 }
}

/** One character of the value is one byte of it. */
function paxOf(xattrs: ReadonlyMap<string, Uint8Array> | undefined): ReadonlyMap<string, string> {
  const kept = [...(xattrs ?? [])].filter(([name]) => isLayerXattr(name))
  return new Map(kept.map(([name, value]) => [`SCHILY.xattr.${name}`, Buffer.from(value).toString('latin1')]))
}

async function* contentOf(entry: LayerEntry & { type: 'file' }): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0
  for await (const chunk of entry.content()) {
    size += chunk.byteLength
    if (size > entry.sizeBytes) break
    yield chunk
  }
  if (size !== entry.sizeBytes) throw fileChanged(entry.path, entry.sizeBytes, size)
  const padding = paddingAfter(size)
  if (padding.byteLength > 0) yield padding
}

/** FILE_CHANGED: a file did not stay as it was while it was read. */
export function fileChanged(path: string, expected: number, received: number): ImageError {
  return new ImageError(
    'FILE_CHANGED',
    `${path} changed while it was read: it had ${expected} bytes, and then ${received > expected ? 'more' : received}`,
    {
      detail: { path, expected, received },
    },
  )
}

function checkPath({ path }: LayerEntry, previous: string | undefined): void {
  const names = path.split('/')
  if (names.some((name) => name === '' || name === '.' || name === '..')) {
    throw new TypeError(
      `the path of a layer entry is ${JSON.stringify(path)}; expected names with slashes between them`,
    )
  }
  if (previous !== undefined && compareLayerPaths(previous, path) >= 0) {
    throw new TypeError(`layer entries out of order: ${JSON.stringify(path)} after ${JSON.stringify(previous)}`)
  }
  const reserved = names.find((name) => name.startsWith(whiteoutPrefix))
  if (reserved === undefined) return
  throw new ImageError(
    'NAME_RESERVED',
    `/${path} cannot be in a layer: names that begin with ${whiteoutPrefix} mark deleted files`,
    {
      detail: { path, name: reserved },
    },
  )
}
