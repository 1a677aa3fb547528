/**
 * What directories show together that overlayfs would lay one above the other, without a mount.
 * @module
 */
import { type BigIntStats, lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isWhiteout } from '../tree/upper.ts'
import { namesInDirectory, type TreeNode } from '../tree/walk.ts'
import { isOpaque } from '../tree/xattrs.ts'
import type { SnapshotFile } from './snapshotter.ts'

/** Directories whose layers are remembered. */
const maxRemembered = 10_000

/** Looks up paths; nothing may change in the directories meanwhile. */
export class MergedTree {
  readonly #layers: readonly string[]
  /** For a directory, the layers that have a part in it. */
  readonly #parts = new Map<string, readonly string[]>()

  /** @param layers the topmost first */
  constructor(layers: readonly string[]) {
    this.#layers = layers
  }

  /** What there is under the path, links not followed; undefined for nothing. @param path without a slash at either end */
  lookup(path: string): TreeNode | undefined {
    const parent = parentOf(path)
    for (const layer of this.#partsOf(parent)) {
      const location = join(layer, path)
      const stat = statOf(location)
      if (stat !== undefined) return isWhiteout({ stat }) ? undefined : { path, location, stat }
    }
    return undefined
  }

  /** The names in the directory, in the order of their bytes; none for what is no directory. */
  names(directory: string): readonly string[] {
    const found = new Map<string, boolean>()
    for (const layer of this.#partsOf(directory)) {
      const location = join(layer, directory)
      for (const name of namesInDirectory(location)) {
        if (found.has(name)) continue
        const stat = statOf(join(location, name))
        if (stat !== undefined) found.set(name, !isWhiteout({ stat }))
      }
    }
    const there = [...found].filter(([, isThere]) => isThere).map(([name]) => name)
    return there.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }

  /** Topmost first; none for what is no directory. */
  #partsOf(directory: string): readonly string[] {
    if (directory === '') return this.#layers
    const known = this.#parts.get(directory)
    if (known !== undefined) return known
    const parts: string[] = []
    for (const layer of this.#partsOf(parentOf(directory))) {
      const location = join(layer, directory)
      const stat = statOf(location)
      if (stat === undefined) continue
      if (!stat.isDirectory()) break
      parts.push(layer)
      if (isOpaque(location)) break
    }
    if (this.#parts.size >= maxRemembered) this.#parts.clear()
    this.#parts.set(directory, parts)
    return parts
  }
}

function parentOf(path: string): string {
  const parent = dirname(path)
  return parent === '.' ? '' : parent
}

function statOf(location: string): BigIntStats | undefined {
  return lstatSync(location, { bigint: true, throwIfNoEntry: false })
}

/** What there is under an absolute path, as a caller is told it. */
export function fileAt(tree: MergedTree, path: string): SnapshotFile | undefined {
  const found = tree.lookup(relativePath(path))
  if (found === undefined) return undefined
  const { stat, location } = found
  return {
    type: typeOf(stat),
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: Number(stat.mtimeNs) / 1e9,
    sizeBytes: Number(stat.size),
    location,
  }
}

/** Without slashes at its ends. */
export function relativePath(path: string): string {
  return path.replace(/^\/+|\/+$/g, '')
}

function typeOf(stat: BigIntStats): SnapshotFile['type'] {
  if (stat.isDirectory()) return 'directory'
  if (stat.isSymbolicLink()) return 'symlink'
  if (stat.isCharacterDevice()) return 'char'
  if (stat.isBlockDevice()) return 'block'
  if (stat.isFIFO()) return 'fifo'
  return stat.isSocket() ? 'socket' : 'file'
}
