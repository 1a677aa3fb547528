/**
 * The layers below one that is unpacked alone, looked at as overlayfs shows them together.
 * @module
 */
import { type BigIntStats, closeSync, constants, lstatSync, openSync } from 'node:fs'
import { closeFd, lgetxattr, llistxattr, openDirectoryAt, openPath, pathAt, readlinkAt } from '../../syscalls/index.ts'
import { type Attributes, isOfOverlay } from './attributes.ts'
import { namesIn } from './remove.ts'

/** What the layers below have at a path. */
export interface LowerFile {
  readonly stats: BigIntStats
  /** By way of an open directory; valid only during the call that gets it. */
  readonly path: Buffer
  /** Of a symbolic link, as a byte string; empty for everything else. */
  readonly linkTarget: string
}

export class LowerLayers {
  readonly #roots: readonly number[]

  /** @param directories topmost first */
  constructor(directories: readonly string[]) {
    this.#roots = directories.map((path) => openSync(path, openPath | constants.O_DIRECTORY))
  }

  close(): void {
    for (const root of this.#roots) closeSync(root)
  }

  /** What lies in the root of any layer, hidden or not. */
  rootNames(): ReadonlySet<string> {
    return new Set(this.#roots.flatMap((root) => namesIn(root)))
  }

  /**
   * Calls `use` with what lies at a path, and returns its result; undefined when there is nothing.
   * @param components from the root; links among them are not followed
   */
  find<T>(components: readonly string[], use: (file: LowerFile) => T): T | undefined {
    for (const root of this.#roots) {
      const opened: number[] = []
      try {
        const found = search(root, components, opened)
        if (typeof found !== 'string') return use(found)
        if (found === 'hidden') return undefined
      } finally {
        for (const fd of opened) closeFd(fd)
      }
    }
    return undefined
  }
}

/** `hidden` when this layer says that the ones below it do not count. */
function search(root: number, components: readonly string[], opened: number[]): LowerFile | 'absent' | 'hidden' {
  if (components.length === 0) return fileAt(root, '.')
  let directory = root
  let isOpaque = false
  for (const [at, name] of components.entries()) {
    const path = pathAt(directory, name)
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (stats === undefined) return isOpaque ? 'hidden' : 'absent'
    if (isWhiteout(stats)) return 'hidden'
    if (at === components.length - 1) return fileAt(directory, name)
    const fd = openDirectoryAt(directory, name)
    if (fd < 0) return 'hidden'
    opened.push(fd)
    isOpaque ||= hasOpaque(path)
    directory = fd
  }
  return 'absent'
}

function fileAt(directory: number, name: string): LowerFile {
  const path = pathAt(directory, name)
  const stats = lstatSync(path, { bigint: true })
  const target = stats.isSymbolicLink() ? readlinkAt(directory, name) : ''
  return { stats, path, linkTarget: typeof target === 'string' ? target : '' }
}

/** A character device 0:0: overlayfs hides what is below it. */
export function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n
}

function hasOpaque(path: Buffer): boolean {
  try {
    return lgetxattr(path, 'trusted.overlay.opaque').toString() === 'y'
  } catch {
    return false
  }
}

/** The attributes of something that is there. */
export function attributesAt({ stats, path }: LowerFile): Attributes {
  const xattrs = new Map<string, string>()
  for (const name of xattrNames(path)) {
    if (!isOfOverlay(name)) xattrs.set(Buffer.from(name).toString('latin1'), lgetxattr(path, name).toString('latin1'))
  }
  const { uid, gid, mode, atimeNs, mtimeNs } = stats
  return { uid: Number(uid), gid: Number(gid), mode: Number(mode) & 0o7777, atimeNs, mtimeNs, xattrs }
}

function xattrNames(path: Buffer): readonly string[] {
  try {
    return llistxattr(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTSUP') return []
    throw error
  }
}
