/**
 * The directory that a layer is unpacked into: what leads to its places, what is put away there, and what it was like.
 * @module
 */
import { fstatSync, lstatSync } from 'node:fs'
import {
  chmodAt,
  closeFd,
  errors,
  lsetxattr,
  mkdirAt,
  must,
  openDirectoryAt,
  pathAt,
  unlinkAt,
} from '../../syscalls/index.ts'
import type { Attributes, AttributeWriter } from './attributes.ts'
import { FinalAttributesList } from './final-attributes.ts'
import { invalidLayer } from './invalid.ts'
import { attributesAt, isWhiteout, type LowerFile, LowerLayers } from './lower.ts'
import { namesIn, removeAt } from './remove.ts'
import { DirectoryTree, type Level } from './tree.ts'

export interface TargetOptions {
  /** Descriptor of the directory; stays the caller's. */
  readonly root: number
  readonly whiteouts: 'overlay' | 'remove'
  readonly lower: readonly string[]
  readonly attributes: AttributeWriter
}

export class Target {
  readonly #isOverlay: boolean
  readonly #attributes: AttributeWriter
  readonly #places: DirectoryTree
  readonly #sources: DirectoryTree
  readonly #lower: LowerLayers
  readonly #final = new FinalAttributesList()
  /** Paths that this layer made, where they lie among those of the layers below; otherwise all are. */
  readonly #made: Set<string> | undefined
  #creates = true
  /** Directories made for what lies in them. */
  implied = 0

  constructor({ root, whiteouts, lower, attributes }: TargetOptions) {
    this.#isOverlay = whiteouts === 'overlay'
    this.#attributes = attributes
    this.#made = !this.#isOverlay && namesIn(root).length > 0 ? new Set() : undefined
    this.#places = new DirectoryTree(root, {
      missing: (parent, name) => this.#missing(parent, name),
      blocked: (parent, name) => this.#blocked(parent, name),
      entered: (level) => this.#entered(level),
    })
    this.#sources = new DirectoryTree(root, { missing: () => false, blocked: () => false })
    this.#lower = new LowerLayers(lower)
  }

  /**
   * The directory to put something into; those that lack on the way are made.
   * @throws LAYER_INVALID
   */
  enter(components: readonly string[], about: string): Level {
    this.#creates = true
    const level = this.#places.enter(components, about)
    if (level === undefined) throw invalidLayer('lies below a file that is no directory', about)
    return level
  }

  /** The directory, if it is there. */
  find(components: readonly string[], about: string): Level | undefined {
    this.#creates = false
    return this.#places.enter(components, about)
  }

  /** As `find`, for the targets of links: it leaves open what `enter` has opened. */
  findSource(components: readonly string[], about: string): Level | undefined {
    return this.#sources.enter(components, about)
  }

  /** What the layers below have at a path, where they are known. */
  findLower<T>(components: readonly string[], use: (file: LowerFile) => T): T | undefined {
    return this.#lower.find(components, use)
  }

  /** Removes what stands at a place, to make room. Returns what it was. */
  clear(parent: Level, name: string): 'directory' | 'file' | undefined {
    const removed = removeAt(parent.fd, name)
    if (removed === 'directory') this.#forget(pathOf(parent, name))
    return removed
  }

  /** Something of this layer stands there now. */
  made(parent: Level, name: string): void {
    this.#made?.add(pathOf(parent, name))
  }

  /** The directory gets its times, and a mode that would be in the way, when the layer is complete. */
  later(path: string, attributes: Attributes): void {
    const { atimeNs, mtimeNs, mode } = attributes
    this.#final.set(path, { atimeNs, mtimeNs, mode: (mode & 0o700) === 0o700 ? undefined : mode })
  }

  /** Removes what the layers below have at a place, and keeps what this one made. */
  removeLower(parent: Level, name: string): void {
    const path = pathOf(parent, name)
    if (this.#made === undefined) return
    if (!this.#made.has(path)) {
      this.clear(parent, name)
      return
    }
    const fd = openDirectoryAt(parent.fd, name)
    if (fd < 0) return
    try {
      this.removeAllLower({ name, fd, path })
    } finally {
      closeFd(fd)
    }
  }

  /** As {@link removeLower}, for everything in a directory. */
  removeAllLower(directory: Level): void {
    if (this.#made === undefined) return
    for (const name of namesIn(directory.fd)) this.removeLower(directory, name)
  }

  /** Hides what the layers below have in the directory. */
  makeOpaque(directory: number, about: string): void {
    try {
      lsetxattr(pathAt(directory, '.'), 'trusted.overlay.opaque', Buffer.from('y'))
    } catch (error) {
      const { errno = 0 } = error as NodeJS.ErrnoException
      this.#attributes.allowed(errno, 'trusted.overlay.opaque', about)
    }
  }

  /** To be called when all entries are in place. */
  finish(): void {
    for (const [path, attributes] of this.#final) {
      const components = path.split('/').filter((component) => component !== '')
      const name = components.pop() ?? '.'
      const parent = this.find(components, path)
      if (parent === undefined) continue
      this.#attributes.times(parent.fd, name, attributes, path)
      if (attributes.mode !== undefined) must(chmodAt(parent.fd, name, attributes.mode), 'fchmodat', path)
    }
  }

  close(): void {
    this.#places.close()
    this.#sources.close()
    this.#lower.close()
  }

  #forget(path: string): void {
    this.#places.forget(path)
    this.#sources.forget(path)
    this.#final.forget(path)
  }

  #missing(parent: Level, name: string): boolean | string {
    const path = pathOf(parent, name)
    const lower = this.#lower.find(path.split('/'), (file) => {
      if (file.stats.isSymbolicLink()) return file.linkTarget
      return file.stats.isDirectory() ? attributesAt(file) : false
    })
    if (typeof lower === 'string' || lower === false) return lower
    if (!this.#creates) return false
    this.#makeParent(parent, name, lower ?? ofParents)
    return true
  }

  /** A whiteout that this layer made before. */
  #blocked(parent: Level, name: string): boolean {
    if (!this.#isOverlay || !this.#creates) return false
    const stats = lstatSync(pathAt(parent.fd, name), { bigint: true, throwIfNoEntry: false })
    if (stats === undefined || !isWhiteout(stats)) return false
    must(unlinkAt(parent.fd, name), 'unlinkat', pathOf(parent, name))
    this.#makeParent(parent, name, ofParents)
    const fd = must(openDirectoryAt(parent.fd, name), 'openat', pathOf(parent, name))
    try {
      this.makeOpaque(fd, pathOf(parent, name))
    } finally {
      closeFd(fd)
    }
    return true
  }

  #makeParent(parent: Level, name: string, attributes: Attributes): void {
    this.implied++
    const path = pathOf(parent, name)
    const made = mkdirAt(parent.fd, name, 0o700)
    if (made < 0 && made !== -errors.EEXIST) must(made, 'mkdirat', path)
    this.#attributes.node(parent.fd, name, { ...attributes, mode: attributes.mode | 0o700 }, path)
    this.made(parent, name)
    this.later(path, attributes)
  }

  /** A directory of the layers below keeps its time when the layer does not mention it. */
  #entered(level: Level): void {
    if (this.#made === undefined) return
    this.#final.keep(level.path, () => {
      const { atimeNs, mtimeNs } = fstatSync(level.fd, { bigint: true })
      return { atimeNs, mtimeNs, mode: undefined }
    })
  }
}

export function pathOf(parent: Level, name: string): string {
  return parent.path === '' ? name : `${parent.path}/${name}`
}

/** Of directories that the layer goes through and says nothing of, where the layers below say nothing either. */
const ofParents: Attributes = { uid: 0, gid: 0, mode: 0o755, atimeNs: 0n, mtimeNs: 0n, xattrs: new Map() }
