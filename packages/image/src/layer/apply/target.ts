/**
 * The directory that a layer is unpacked into: what leads to its places, what is put away there, and what it was like.
 * @module
 */
import { constants, fstatSync } from 'node:fs'
import { chmodAt, closeFd, errors, mkdirAt, mknodAt, must, openDirectoryAt } from '../../syscalls/index.ts'
import type { Attributes, AttributeWriter } from './attributes.ts'
import { FinalAttributesList } from './final-attributes.ts'
import { invalidLayer } from './invalid.ts'
import { Ledger } from './ledger.ts'
import { attributesAt, type LowerFile, LowerLayers } from './lower.ts'
import { namesIn, removeAt } from './remove.ts'
import { DirectoryTree, type Level } from './tree.ts'

export interface TargetOptions {
  /** Descriptor of the directory; stays the caller's. */
  readonly root: number
  readonly whiteouts: 'overlay' | 'remove'
  /** Undefined when nothing is known of them. */
  readonly lower: readonly string[] | undefined
  readonly attributes: AttributeWriter
}

export class Target {
  readonly #isOverlay: boolean
  readonly #attributes: AttributeWriter
  readonly #places: DirectoryTree
  readonly #sources: DirectoryTree
  readonly #lower: LowerLayers
  readonly #knowsLower: boolean
  readonly #final = new FinalAttributesList()
  readonly #ledger: Ledger
  #creates = true
  /** Directories made for what lies in them. */
  implied = 0

  constructor({ root, whiteouts, lower, attributes }: TargetOptions) {
    this.#isOverlay = whiteouts === 'overlay'
    this.#attributes = attributes
    this.#ledger = new Ledger(!this.#isOverlay && namesIn(root).length > 0)
    this.#places = new DirectoryTree(root, {
      missing: (parent, name) => this.#missing(parent, name),
      blocked: (parent, name) => this.#blocked(parent, name),
      entered: (level) => this.#entered(level),
    })
    this.#sources = new DirectoryTree(root, {
      missing: (parent, name) => this.#lowerLink(pathOf(parent, name)),
      blocked: () => false,
    })
    this.#lower = new LowerLayers(lower ?? [])
    this.#knowsLower = lower !== undefined
    this.#beginRoot(root)
  }

  /** The directory to put something into; those that lack on the way are made. @throws LAYER_INVALID */
  enter(components: readonly string[], about: string): Level {
    const level = this.enterForMark(components, about)
    if (level === undefined) throw invalidLayer('lies below a file that is no directory', about)
    return level
  }

  /**
   * As {@link enter}, to mark something as deleted there; undefined when a file is in the way, below which there is nothing
   * to delete.
   */
  enterForMark(components: readonly string[], about: string): Level | undefined {
    this.#creates = true
    return this.#places.enter(components, about)
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

  /** What the layers below have at a path and this one does not hide, where they are known. */
  findLower<T>(path: string, use: (file: LowerFile) => T): T | undefined {
    return this.#ledger.hidesLower(path) ? undefined : this.#lower.find(path.split('/'), use)
  }

  /** Whether a whiteout stands there: to the layer, there is nothing. */
  isWhiteout(parent: Level, name: string): boolean {
    return this.#ledger.isWhiteout(pathOf(parent, name))
  }

  /** Removes what stands at a place, to make room. */
  clear(parent: Level, name: string): void {
    const removed = removeAt(parent.fd, name)
    if (removed === 'directory') this.#forget(pathOf(parent, name))
  }

  /** Something of this layer stands there now. */
  made(parent: Level, name: string): void {
    this.#ledger.made(pathOf(parent, name))
  }

  /** A copy of a lower file stands there now. */
  copied(parent: Level, name: string): void {
    this.#ledger.foreign(pathOf(parent, name))
  }

  /** The directory gets its times, and a mode that would be in the way, when the layer is complete. */
  later(path: string, attributes: Attributes): void {
    const { atimeNs, mtimeNs, mode } = attributes
    this.#final.set(path, { atimeNs, mtimeNs, mode: (mode & 0o700) === 0o700 ? undefined : mode })
  }

  /** Takes away what the layers below have at a place, and keeps what this one made there. */
  hide(parent: Level, name: string, about: string): void {
    if (this.isWhiteout(parent, name)) return
    this.#removeLower(parent, name)
    const path = pathOf(parent, name)
    if (!this.#isOverlay || this.#ledger.hidesLower(path)) return
    // Overlayfs lists a whiteout of nothing as a file that is not there.
    if (this.#knowsLower && this.findLower(path, () => true) === undefined) return
    const made = mknodAt(parent.fd, name, constants.S_IFCHR, 0n)
    if (made === -errors.EEXIST) this.hideBelow(parent, name, about)
    else if (this.#attributes.allowed(made, 'a whiteout in the place', about)) this.#ledger.whiteout(path)
  }

  /** As {@link hide}, for everything in a directory. */
  hideAll(directory: Level, about: string): void {
    if (this.#ledger.isOpaque(directory.path)) return
    for (const name of this.#isOverlay || this.#ledger.isShared ? namesIn(directory.fd) : []) {
      this.#removeLower(directory, name)
    }
    if (!this.#isOverlay) return
    // Overlayfs heeds the attribute of every directory but the root's.
    if (directory.path === '') for (const name of this.#lower.rootNames()) this.hide(directory, name, about)
    this.makeOpaque(directory, about)
  }

  /** The directory began as the layer's own: nothing of the layers below is in it. */
  makeOpaque(directory: Level, about: string): void {
    if (!this.#isOverlay) return
    this.#ledger.opaque(directory.path)
    this.#attributes.opaque(directory.fd, about)
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

  /** What the root is like unless the layer says so: as it is below; else as every machine makes it. */
  #beginRoot(fd: number): void {
    const { uid, gid, atimeNs, mtimeNs } = fstatSync(fd, { bigint: true })
    // The layers below may be of nothing but their root.
    if (!this.#isOverlay) {
      this.#final.set('', { atimeNs, mtimeNs, mode: undefined })
      return
    }
    const own = { ...ofParents, uid: Number(uid), gid: Number(gid) }
    const attributes = this.#lower.find([], attributesAt) ?? own
    this.#attributes.node(fd, '.', attributes, '.')
    this.later('', attributes)
  }

  #removeLower(parent: Level, name: string): void {
    if (!this.#isOverlay && !this.#ledger.isShared) return
    const path = pathOf(parent, name)
    if (!this.#ledger.isOfLayer(path)) {
      this.clear(parent, name)
      this.#ledger.removed(path)
      return
    }
    this.#withDirectory(parent, name, (directory) => {
      for (const child of namesIn(directory.fd)) this.#removeLower(directory, child)
    })
  }

  /** Where this layer itself has a directory: it stays, and hides what is below it. */
  hideBelow(parent: Level, name: string, about: string): void {
    this.#withDirectory(parent, name, (directory) => this.makeOpaque(directory, about))
  }

  /** Does nothing where there is no directory of that name. */
  #withDirectory(parent: Level, name: string, use: (directory: Level) => void): void {
    const fd = openDirectoryAt(parent.fd, name)
    if (fd < 0) return
    try {
      use({ name, fd, path: pathOf(parent, name) })
    } finally {
      closeFd(fd)
    }
  }

  #forget(path: string): void {
    // The way to a place ends above it; the way to a link's target may lead through it.
    this.#sources.forget(path)
    this.#final.forget(path)
    this.#ledger.removed(path)
  }

  #missing(parent: Level, name: string): boolean | string {
    const path = pathOf(parent, name)
    const lower = this.findLower(path, (file) => {
      if (file.stats.isSymbolicLink()) return file.linkTarget
      return file.stats.isDirectory() ? attributesAt(file) : false
    })
    if (typeof lower === 'string' || lower === false) return lower
    if (!this.#creates) return false
    this.#makeParent(parent, name, lower ?? ofParents)
    if (lower === undefined) this.#ledger.made(path)
    else this.#ledger.foreign(path)
    return true
  }

  #lowerLink(path: string): string | false {
    return this.findLower(path, ({ linkTarget }) => linkTarget || false) ?? false
  }

  /** A whiteout that this layer made before. */
  #blocked(parent: Level, name: string): boolean {
    if (!this.#creates || !this.isWhiteout(parent, name)) return false
    this.clear(parent, name)
    this.#makeParent(parent, name, ofParents)
    this.#ledger.made(pathOf(parent, name))
    this.hideBelow(parent, name, pathOf(parent, name))
    return true
  }

  #makeParent(parent: Level, name: string, attributes: Attributes): void {
    this.implied++
    const path = pathOf(parent, name)
    const made = mkdirAt(parent.fd, name, 0o700)
    if (made < 0 && made !== -errors.EEXIST) must(made, 'mkdirat', path)
    this.#attributes.node(parent.fd, name, { ...attributes, mode: attributes.mode | 0o700 }, path)
    this.later(path, attributes)
  }

  /** A directory of the layers below keeps its time when the layer does not mention it. */
  #entered(level: Level): void {
    if (!this.#ledger.isShared) return
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
