/**
 * A layer in the making: files put above a root file system, without a mount and without a copy of anything. What lies
 * below is looked at, never changed.
 * @module
 */
import { compareLayerPaths, type LayerEntry } from '@tsreg/image/layer'
import type { OperationOptions } from '@tsreg/oci/content'
import type { SourceFile, SourceTree } from '../context/source-tree.ts'
import { BuilderError } from '../errors.ts'
import { parentOf, resolvePath } from './resolve.ts'

/** A file to be put into the layer, where its path is yet to be said. */
export interface DraftFile extends Omit<SourceFile, 'inode' | 'size' | 'type'> {
  readonly type: Exclude<SourceFile['type'], 'socket'>
  readonly size: number
  /** Of a file; gives exactly `size` bytes. */
  readonly content?: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  /** The same object for all names of one file; each is put with the same content. */
  readonly inode?: object
}

/** How a directory is made that is missing. */
export interface DirectoryAttributes {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtime: number
}

interface Drafted extends DraftFile {
  /** A directory in the place of something else: nothing below shows through. */
  readonly opaque: boolean
}

/** What a layer is drafted above. */
export type BelowDraft = Pick<SourceTree, 'lstat' | 'name'>

export class LayerDraft implements BelowDraft {
  readonly name: string
  readonly #below: BelowDraft
  readonly #files = new Map<string, Drafted>()

  constructor(below: BelowDraft) {
    this.#below = below
    this.name = below.name
  }

  get isEmpty(): boolean {
    return this.#files.size === 0
  }

  /** What is there with the layer above. No link is followed. */
  async lstat(path: string, options: OperationOptions = {}): Promise<SourceFile | undefined> {
    const drafted = this.#files.get(path)
    if (drafted !== undefined) return described(drafted)
    return this.#isHidden(path) ? undefined : this.#below.lstat(path, options)
  }

  /** Where a path leads with the layer above: see `resolvePath`. @throws LINK_LOOP */
  resolve(path: string, options: OperationOptions = {}): Promise<string> {
    return resolvePath(this, path, options)
  }

  /**
   * Makes the directory and its parents where they are missing. The path must be resolved.
   * @throws NOT_A_DIRECTORY when something else is in the way
   */
  async makeDirectory(path: string, attributes: DirectoryAttributes, options: OperationOptions = {}): Promise<void> {
    if (path === '') return
    const file = await this.lstat(path, options)
    if (file?.type === 'directory') return
    if (file !== undefined) throw notADirectory(path, file.type)
    await this.makeDirectory(parentOf(path), attributes, options)
    this.put(path, directoryOf(attributes))
  }

  /**
   * Puts a file in the place of whatever is there; of two directories the files in them stay, and the attributes are those
   * of the new one. The path must be resolved, its parent a directory.
   */
  put(path: string, file: DraftFile): void {
    const earlier = this.#files.get(path)
    const mergesWithEarlier = file.type === 'directory' && earlier?.type === 'directory'
    if (earlier?.type === 'directory' && !mergesWithEarlier) this.#removeBelow(path)
    const wasReplaced = earlier !== undefined && (earlier.type !== 'directory' || earlier.opaque)
    this.#files.set(path, { ...file, opaque: file.type === 'directory' && wasReplaced })
  }

  /**
   * The layer. Directories that it lies in come with the attributes they have below: a layer that leaves them out would
   * give them others where it is unpacked on its own.
   */
  async entries(options: OperationOptions = {}): Promise<readonly LayerEntry[]> {
    const all = new Map<string, LayerEntry>([...this.#files].map(([path, file]) => [path, entryOf(path, file)]))
    for (const path of this.#files.keys()) {
      for (let parent = parentOf(path); parent !== '' && !all.has(parent); parent = parentOf(parent)) {
        const file = await this.#below.lstat(parent, options)
        if (file?.type !== 'directory') throw notADirectory(parent, file?.type ?? 'nothing')
        const { inode: _inode, ...own } = file
        all.set(parent, entryOf(parent, { ...own, type: 'directory', opaque: false }))
      }
    }
    return this.#withHardLinks([...all.values()].sort((a, b) => compareLayerPaths(a.path, b.path)))
  }

  /** Of the names of one file the first has the content, the others lead to it. */
  #withHardLinks(entries: readonly LayerEntry[]): readonly LayerEntry[] {
    const firstName = new Map<object, string>()
    return entries.map((entry) => {
      const inode = this.#files.get(entry.path)?.inode
      if (inode === undefined) return entry
      const target = firstName.get(inode)
      if (target === undefined) firstName.set(inode, entry.path)
      if (target === undefined || entry.type === 'whiteout') return entry
      const { path, mode, uid, gid, mtime, xattrs } = entry
      return { type: 'hardlink', path, target, mode, uid, gid, mtime, xattrs }
    })
  }

  #isHidden(path: string): boolean {
    for (let parent = parentOf(path); parent !== ''; parent = parentOf(parent)) {
      const drafted = this.#files.get(parent)
      if (drafted !== undefined && (drafted.type !== 'directory' || drafted.opaque)) return true
    }
    return false
  }

  #removeBelow(path: string): void {
    const prefix = `${path}/`
    for (const other of [...this.#files.keys()]) {
      if (other.startsWith(prefix)) this.#files.delete(other)
    }
  }
}

/** A directory with these attributes and nothing else. */
export function directoryOf(attributes: DirectoryAttributes): DraftFile {
  const { mode, uid, gid, mtime } = attributes
  return {
    type: 'directory',
    mode,
    uid,
    gid,
    mtime,
    size: 0,
    linkName: '',
    devMajor: 0,
    devMinor: 0,
    xattrs: new Map(),
  }
}

function described({ inode: _inode, content: _content, opaque: _opaque, ...file }: Drafted): SourceFile {
  return file
}

function entryOf(path: string, file: Drafted): LayerEntry {
  const { mode, uid, gid, mtime } = file
  const xattrs = new Map([...file.xattrs].map(([name, value]) => [name, Buffer.from(value, 'latin1')]))
  const attributes = { path, mode, uid, gid, mtime, xattrs }
  switch (file.type) {
    case 'directory':
      return { ...attributes, type: 'directory', opaque: file.opaque }
    case 'file':
      return { ...attributes, type: 'file', sizeBytes: file.size, content: file.content ?? (() => []) }
    case 'symlink':
      return { ...attributes, type: 'symlink', target: file.linkName }
    case 'fifo':
      return { ...attributes, type: 'fifo' }
    default:
      return { ...attributes, type: file.type, devMajor: file.devMajor, devMinor: file.devMinor }
  }
}

function notADirectory(path: string, found: string): BuilderError {
  return new BuilderError('NOT_A_DIRECTORY', `/${path} in the image is not a directory but ${articled(found)}`, {
    detail: { path: `/${path}`, found },
  })
}

function articled(type: string): string {
  return type === 'nothing' ? 'does not exist' : `a ${type}`
}
