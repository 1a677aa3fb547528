/**
 * From the entries of a layer to files below one directory.
 *
 * Everything happens by descriptors of directories, so that nothing outside is touched, whatever the layer says and whoever
 * changes the tree meanwhile. A failure leaves what was made so far; the caller removes the directory.
 * @module
 */
import { constants } from 'node:fs'
import {
  closeFd,
  deviceNumber,
  errors,
  linkAt,
  mkdirAt,
  mknodAt,
  must,
  openAt,
  openDirectoryAt,
  symlinkAt,
} from '../../syscalls/index.ts'
import type { TarEntry } from '../tar/entry.ts'
import type { TarHandler } from '../tar/parser.ts'
import { AttributeWriter, attributesOf } from './attributes.ts'
import { checkNumbers } from './check-numbers.ts'
import { copyUp } from './copy-up.ts'
import { explained } from './explain.ts'
import { FileContent } from './file-content.ts'
import { invalidLayer, shown } from './invalid.ts'
import { checkEntries, type LayerLimits } from './limits.ts'
import { componentsOf, whiteoutOf } from './names.ts'
import { pathOf, Target } from './target.ts'
import type { Level } from './tree.ts'

export interface ExtractorOptions {
  /** Descriptor of the directory; stays the caller's. */
  readonly root: number
  readonly whiteouts: 'overlay' | 'remove'
  /** Undefined when nothing is known of them. */
  readonly lower: readonly string[] | undefined
  readonly limits: LayerLimits
  readonly unable: 'refuse' | 'skip'
}

/** Writes one layer: takes the entries in their order, then `finish`; `close` in any case. */
export class Extractor implements TarHandler {
  readonly #options: ExtractorOptions
  readonly #attributes: AttributeWriter
  readonly #target: Target
  #file: FileContent | undefined
  #parentName: string | undefined
  #parents: readonly string[] = []
  #isOfAufs = false
  /** Entries so far. */
  entries = 0
  /** Whether one of them was the root itself. */
  namesRoot = false

  constructor(options: ExtractorOptions) {
    this.#options = options
    this.#attributes = new AttributeWriter(options.unable)
    this.#target = new Target({ ...options, attributes: this.#attributes })
  }

  /** How many owners, devices and attributes were left out. */
  get skipped(): number {
    return this.#attributes.skipped
  }

  /** Directories made that no entry had told of. */
  get implied(): number {
    return this.#target.implied
  }

  entry(entry: TarEntry): void {
    checkEntries(this.#options.limits, ++this.entries)
    try {
      this.#apply(entry)
    } catch (error) {
      throw explained(error, entry.name)
    }
  }

  content(bytes: Uint8Array): void {
    this.#file?.write(bytes)
  }

  entryEnd(): void {
    const file = this.#file
    if (file === undefined) return
    this.#file = undefined
    try {
      file.complete()
      this.#attributes.file(file.fd, attributesOf(file.entry), file.entry.name)
    } catch (error) {
      throw explained(error, file.entry.name)
    } finally {
      closeFd(file.fd)
    }
  }

  /** When the last entry is complete: sets what would have been in the way. */
  finish(): void {
    this.#target.finish()
  }

  close(): void {
    if (this.#file !== undefined) closeFd(this.#file.fd)
    this.#file = undefined
    this.#target.close()
  }

  #apply(entry: TarEntry): void {
    const base = this.#locate(entry.name)
    if (base === undefined) this.#root(entry)
    else {
      const whiteout = whiteoutOf(base)
      if (whiteout.kind === 'opaque') this.#opaque(entry)
      else if (whiteout.kind === 'whiteout') this.#whiteout(entry, whiteout.name)
      else if (whiteout.kind === 'none' && !this.#isOfAufs) this.#place(entry, base)
    }
  }

  #place(entry: TarEntry, base: string): void {
    checkNumbers(entry)
    const parent = this.#target.enter(this.#parents, entry.name)
    if (entry.type === 'file') this.#regular(entry, parent, base)
    else if (entry.type === 'directory') this.#directory(entry, parent, base)
    else if (entry.type === 'symlink') this.#symlink(entry, parent, base)
    else if (entry.type === 'hardlink') this.#hardlink(entry, base)
    else this.#device(entry, parent, base)
    this.#target.made(parent, base)
  }

  /** Sets the parents and returns the last component; undefined for the root itself. */
  #locate(name: string): string | undefined {
    let end = name.length
    while (end > 0 && name[end - 1] === '/') end--
    const slash = name.lastIndexOf('/', end - 1)
    const base = name.slice(slash + 1, end)
    if (base === '' || base === '.' || base === '..') {
      const components = componentsOf(name)
      const last = components.pop()
      this.#setParents(components, name)
      this.#parentName = undefined
      return last
    }
    const parentName = slash < 0 ? '' : name.slice(0, slash)
    if (name.length > 4000) componentsOf(name)
    // Files lie beside each other: the name of their directory is taken apart once.
    if (parentName !== this.#parentName) this.#setParents(componentsOf(parentName), name)
    this.#parentName = parentName
    return base
  }

  #setParents(components: readonly string[], name: string): void {
    const kinds = components.map((component) => whiteoutOf(component).kind)
    if (kinds.includes('whiteout') || kinds.includes('opaque')) throw invalidLayer('lies below a whiteout', name)
    this.#isOfAufs = kinds.includes('ignored')
    this.#parents = components
  }

  #root(entry: TarEntry): void {
    if (entry.type !== 'directory')
      throw invalidLayer(`is the root, and not a directory but a ${entry.type}`, entry.name)
    checkNumbers(entry)
    this.namesRoot = true
    const attributes = attributesOf(entry)
    const { root } = this.#options
    this.#attributes.node(root, '.', { ...attributes, mode: attributes.mode | 0o700 }, entry.name)
    this.#target.later('', attributes)
  }

  #regular(entry: TarEntry, parent: Level, base: string): void {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
    const create = () => openAt(parent.fd, base, flags, 0o600)
    const fd = this.#make(parent, base, create)
    this.#file = new FileContent(must(fd, 'openat', entry.name), entry)
  }

  #directory(entry: TarEntry, parent: Level, base: string): void {
    const attributes = attributesOf(entry)
    const made = mkdirAt(parent.fd, base, 0o700)
    if (made === -errors.EEXIST) this.#overExisting(entry, parent, base)
    else must(made, 'mkdirat', entry.name)
    this.#attributes.node(parent.fd, base, { ...attributes, mode: attributes.mode | 0o700 }, entry.name)
    this.#target.later(pathOf(parent, base), attributes)
  }

  /** A directory over a directory keeps what is in it; over anything else it begins empty. */
  #overExisting(entry: TarEntry, parent: Level, base: string): void {
    const isThere = openDirectoryAt(parent.fd, base)
    if (isThere >= 0) {
      closeFd(isThere)
      this.#attributes.clear(parent.fd, base, attributesOf(entry))
      return
    }
    this.#target.clear(parent, base)
    must(mkdirAt(parent.fd, base, 0o700), 'mkdirat', entry.name)
    this.#target.hideBelow(parent, base, entry.name)
  }

  #symlink(entry: TarEntry, parent: Level, base: string): void {
    if (entry.linkName === '') throw invalidLayer('is a symbolic link to nothing', entry.name)
    must(
      this.#make(parent, base, () => symlinkAt(entry.linkName, parent.fd, base)),
      'symlinkat',
      entry.name,
    )
    this.#attributes.link(parent.fd, base, attributesOf(entry), entry.name)
  }

  /** Owner, mode and times are those of the file that is linked to; what the entry says of them is the same, or a lie. */
  #hardlink(entry: TarEntry, base: string): void {
    const components = componentsOf(entry.linkName)
    const name = components.pop()
    if (name === undefined) throw invalidLayer('is a hard link to the root', entry.name)
    let result = this.#link(entry, components, name, base)
    // The file is of a layer below: it is copied into this one, as overlayfs does for a link.
    if (result === -errors.ENOENT && this.#copyUp(entry, components, name)) {
      result = this.#link(entry, components, name, base)
    }
    if (result >= 0) return
    if (result !== -errors.ENOENT && result !== -errors.EPERM) must(result, 'linkat', entry.name)
    const why = result === -errors.ENOENT ? 'which does not exist' : 'which is a directory'
    throw invalidLayer(`is a hard link to ${shown(entry.linkName)}, ${why}`, entry.name)
  }

  #link(entry: TarEntry, components: readonly string[], name: string, base: string): number {
    const parent = this.#target.enter(this.#parents, entry.name)
    // Looked up each time: making room may have removed it.
    const link = () => {
      const source = this.#target.findSource(components, entry.name)
      if (source === undefined || this.#target.isWhiteout(source, name)) return -errors.ENOENT
      if (pathOf(source, name) === pathOf(parent, base)) throw invalidLayer('is a hard link to itself', entry.name)
      return linkAt(source.fd, name, parent.fd, base)
    }
    return this.#make(parent, base, link)
  }

  #copyUp(entry: TarEntry, components: readonly string[], name: string): boolean {
    const parent = this.#target.enter(components, entry.name)
    const isCopied = this.#target.findLower(pathOf(parent, name), (file) => {
      if (file.stats.isDirectory()) return false
      copyUp(file, parent, name, this.#attributes)
      this.#target.copied(parent, name)
      return true
    })
    return isCopied ?? false
  }

  #device(entry: TarEntry, parent: Level, base: string): void {
    const type = { char: constants.S_IFCHR, block: constants.S_IFBLK, fifo: constants.S_IFIFO }[entry.type as 'fifo']
    const device = entry.type === 'fifo' ? 0n : deviceNumber({ major: entry.devMajor, minor: entry.devMinor })
    const made = this.#make(parent, base, () => mknodAt(parent.fd, base, type | 0o600, device))
    if (!this.#attributes.allowed(made, `a ${entry.type} device in the place`, entry.name)) return
    const attributes = attributesOf(entry)
    this.#attributes.node(parent.fd, base, attributes, entry.name)
    this.#attributes.times(parent.fd, base, attributes, entry.name)
  }

  /** Makes something; what stands in its place is removed first. */
  #make(parent: Level, base: string, make: () => number): number {
    const result = make()
    if (result !== -errors.EEXIST) return result
    this.#target.clear(parent, base)
    return make()
  }

  /** The directory of a whiteout is made where it lacks, as that of any other entry. */
  #whiteout(entry: TarEntry, name: string): void {
    const parent = this.#target.enterForMark(this.#parents, entry.name)
    if (parent !== undefined) this.#target.hide(parent, name, entry.name)
  }

  #opaque(entry: TarEntry): void {
    const directory = this.#target.enterForMark(this.#parents, entry.name)
    if (directory !== undefined) this.#target.hideAll(directory, entry.name)
  }
}
