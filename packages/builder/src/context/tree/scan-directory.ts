/**
 * What is in a directory of the context: names, kinds, sizes, times; links are looked at, not through.
 * @module
 */
import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { isLayerXattr } from '@tsreg/image/layer'
import { deviceOf, lgetxattr, llistxattr } from '@tsreg/image/syscalls'
import type { SourceFile, SourceFileType } from '../source-tree.ts'

/** A file, and what tells whether it is still the same. */
export interface ScannedFile {
  readonly file: SourceFile
  readonly version: FileVersion
}

/** Changes whenever the content does. */
export interface FileVersion {
  readonly size: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly inode: bigint
}

/**
 * The files by name, in the order of the bytes of their names; undefined for one whose name is not UTF-8.
 * @param directory a path that leads through no link
 * @throws what the system throws
 */
export function scanDirectory(directory: string): ReadonlyMap<string, ScannedFile | undefined> {
  const files = new Map<string, ScannedFile | undefined>()
  for (const name of byBytes(readdirSync(directory))) {
    const stats = lstatSync(`${directory}/${name}`, { bigint: true, throwIfNoEntry: false })
    if (stats !== undefined) {
      files.set(name, { file: describe(`${directory}/${name}`, stats), version: versionOf(stats) })
    } else if (name.includes('\ufffd')) {
      // Without that character it is just gone.
      files.set(name, undefined)
    }
  }
  return files
}

export function versionOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): FileVersion {
  return { size: Number(size), mtimeNs, ctimeNs, inode: ino }
}

export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode
}

/** In the order of UTF-8, which is not that of UTF-16 for characters outside the basic plane. */
function byBytes(names: string[]): string[] {
  const isPlain = !names.some((name) => /[\ud800-\uffff]/.test(name))
  return isPlain ? names.sort() : names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/** Whoever sends a context owns it; in an image it is owned by root. */
const owner = { uid: 0, gid: 0 }
const none: ReadonlyMap<string, string> = new Map()

function describe(path: string, stats: BigIntStats): SourceFile {
  const type = typeOf(stats)
  const mode = Number(stats.mode) & 0o7777
  const { major, minor } = type === 'char' || type === 'block' ? deviceOf(stats.rdev) : { major: 0, minor: 0 }
  return {
    type,
    mode,
    ...owner,
    size: type === 'file' ? Number(stats.size) : 0,
    mtime: Number(stats.mtimeNs) / 1e9,
    linkName: type === 'symlink' ? readlinkSync(path) : '',
    devMajor: major,
    devMinor: minor,
    xattrs: type === 'file' && (mode & 0o111) !== 0 ? xattrsOf(path) : none,
    ...(type === 'file' && stats.nlink > 1n ? { inode: `${stats.dev}:${stats.ino}` } : {}),
  }
}

function typeOf(stats: BigIntStats): SourceFileType {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'symlink'
  if (stats.isCharacterDevice()) return 'char'
  if (stats.isBlockDevice()) return 'block'
  return stats.isFIFO() ? 'fifo' : 'socket'
}

/** Capabilities of programs, which are all that a context is asked for. */
function xattrsOf(path: string): ReadonlyMap<string, string> {
  try {
    const names = llistxattr(path).filter((name) => isLayerXattr(name) && !name.startsWith('user.'))
    return names.length === 0 ? none : new Map(names.map((name) => [name, lgetxattr(path, name).toString('latin1')]))
  } catch {
    // No file system, Node or system without attributes may keep a build from its files.
    return none
  }
}
