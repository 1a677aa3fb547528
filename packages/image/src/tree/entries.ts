/**
 * From the files of a tree to the entries of a layer.
 * @module
 */
import { readlinkSync } from 'node:fs'
import type { LayerEntry } from '../layer/write/entry.ts'
import { fileContent } from '../layer/write/file-content.ts'
import { deviceOf } from '../syscalls/index.ts'
import type { TreeNode } from './walk.ts'
import { layerXattrs } from './xattrs.ts'

/**
 * Says what an entry of one layer a file becomes: of several names of a file the first is the file, and the others are links
 * to it. A file of which another name lies in no layer of ours is written in full.
 */
export class EntryMaker {
  readonly #names = new Map<bigint, string>()

  /** Undefined for a socket, which no archive can hold. */
  entryOf({ path, location, stat }: TreeNode): LayerEntry | undefined {
    const attributes = {
      path,
      mode: Number(stat.mode) & 0o7777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      mtime: Number(stat.mtimeNs / second) - (stat.mtimeNs % second < 0n ? 1 : 0),
    }
    if (stat.isDirectory()) return { ...attributes, type: 'directory', xattrs: layerXattrs(location) }
    const target = stat.nlink > 1n ? this.#names.get(stat.ino) : undefined
    if (target !== undefined) return { ...attributes, type: 'hardlink', target, xattrs: layerXattrs(location) }
    if (stat.isSocket()) return undefined
    if (stat.nlink > 1n) this.#names.set(stat.ino, path)
    if (stat.isSymbolicLink()) return { ...attributes, type: 'symlink', target: readlinkSync(location) }
    const xattrs = layerXattrs(location)
    if (stat.isFIFO()) return { ...attributes, type: 'fifo', xattrs }
    if (stat.isCharacterDevice() || stat.isBlockDevice()) {
      const { major, minor } = deviceOf(stat.rdev)
      const type = stat.isCharacterDevice() ? 'char' : 'block'
      return { ...attributes, type, xattrs, devMajor: major, devMinor: minor }
    }
    const sizeBytes = Number(stat.size)
    return { ...attributes, type: 'file', xattrs, sizeBytes, content: () => fileContent(location, sizeBytes) }
  }
}

const second = 1_000_000_000n
