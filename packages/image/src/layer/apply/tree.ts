/**
 * The directories of a tree under one root, reached by descriptors alone: each step opens one name in the directory before
 * it without following links, so nothing that lies in the tree or is swapped in meanwhile leads out of it.
 *
 * Symbolic links on the way are followed as a process with this root would: absolute targets begin at the root, and `..`
 * ends there. The directories of the last way stay open, for the next entry mostly lies beside.
 * @module
 */
import { closeFd, errors, must, openDirectoryAt, readlinkAt } from '../../syscalls/index.ts'
import { invalidLayer } from './invalid.ts'

/** An open directory of the tree. */
export interface Level {
  readonly name: string
  /** For the calls on names in it; closed when the tree moves on. */
  readonly fd: number
  /** From the root, without links: `usr/lib`; the root is the empty string. */
  readonly path: string
}

/** What to do where the way ends. */
export interface TreeHooks {
  /**
   * There is nothing of this name. Returns true when there is a directory now, the target of a link to follow instead, or
   * false to end the way.
   */
  missing(parent: Level, name: string): boolean | string
  /** What is there is neither a directory nor a link. Returns true when a directory has taken its place, or false to end the way. */
  blocked(parent: Level, name: string): boolean
  /** A directory was entered. */
  entered?(level: Level): void
}

/** As many as the kernel follows. */
const maxLinks = 40
const maxDepth = 1024
/** One to find out what is there, one for what was made in its place; more only when somebody interferes. */
const maxTries = 4

export class DirectoryTree {
  readonly #levels: Level[]
  readonly #hooks: TreeHooks

  /** @param root its descriptor, which stays the caller's */
  constructor(root: number, hooks: TreeHooks) {
    this.#levels = [{ name: '', fd: root, path: '' }]
    this.#hooks = hooks
  }

  /**
   * The directory that the components lead to, or undefined when the way ends before.
   * @param about the entry that wants it, for errors
   * @throws LAYER_INVALID for links in a circle and for too many levels
   */
  enter(components: readonly string[], about: string): Level | undefined {
    const shared = this.#sharedDepth(components)
    this.#shorten(shared)
    const pending = components.slice(shared).toReversed()
    let links = 0
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === '' || name === '.') continue
      if (name === '..') {
        this.#shorten(Math.max(0, this.#levels.length - 2))
        continue
      }
      const target = this.#step(name, about)
      if (target === false) return undefined
      if (target === true) continue
      if (++links > maxLinks) throw invalidLayer(`lies behind more than ${maxLinks} symbolic links`, about)
      if (target.startsWith('/')) this.#shorten(0)
      pending.push(...target.split('/').toReversed())
    }
    return this.#top
  }

  /** Closes what lies at a path or below it: it was removed, or is another directory now. */
  forget(path: string): void {
    const at = this.#levels.findIndex((level) => level.path === path)
    if (at > 0) this.#shorten(at - 1)
  }

  close(): void {
    this.#shorten(0)
  }

  get #top(): Level {
    return this.#levels.at(-1) as Level
  }

  #sharedDepth(components: readonly string[]): number {
    let depth = 0
    while (depth < components.length && this.#levels[depth + 1]?.name === components[depth]) depth++
    return depth
  }

  /** Keeps the root and so many levels below it. */
  #shorten(depth: number): void {
    while (this.#levels.length > depth + 1) {
      closeFd(this.#top.fd)
      this.#levels.pop()
    }
  }

  /** True after one step down, the target of the link that stands there, or false when the way ends. */
  #step(name: string, about: string): boolean | string {
    const parent = this.#top
    for (let tries = 0; tries < maxTries; tries++) {
      const fd = openDirectoryAt(parent.fd, name)
      if (fd >= 0) {
        this.#push(parent, name, fd, about)
        return true
      }
      if (fd === -errors.ENOENT) {
        const found = this.#hooks.missing(parent, name)
        if (found !== true) return found
      } else if (fd === -errors.ENOTDIR || fd === -errors.ELOOP) {
        const target = readlinkAt(parent.fd, name)
        if (typeof target === 'string') return target
        if (!this.#hooks.blocked(parent, name)) return false
      } else must(fd, 'openat', about)
    }
    throw invalidLayer('lies in a directory that somebody else changes meanwhile', about)
  }

  #push(parent: Level, name: string, fd: number, about: string): void {
    const level = { name, fd, path: parent.path === '' ? name : `${parent.path}/${name}` }
    this.#levels.push(level)
    if (this.#levels.length > maxDepth) throw invalidLayer(`lies more than ${maxDepth} directories deep`, about)
    this.#hooks.entered?.(level)
  }
}
