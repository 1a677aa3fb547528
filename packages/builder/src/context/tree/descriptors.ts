/**
 * Directories of a context opened one inside the other, each by its name in the one before and none through a link: whoever
 * swaps a directory for a link meanwhile, leads nobody out.
 * @module
 */
import { closeSync, constants, openSync, realpathSync } from 'node:fs'

const noFollow = constants.O_NOFOLLOW
const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY
/** `O_NOFOLLOW_ANY` of macOS: no component may be a link. Elsewhere it means nothing. */
const noFollowAny = process.platform === 'darwin' ? 0x20000000 : 0
/** Those that stay open at once; what is deeper is opened anew each time. */
const maxOpen = 64

interface OpenDirectory {
  readonly name: string
  readonly fd: number
}

export class Descriptors {
  readonly #root: number
  readonly #rootPath: string
  readonly #open: OpenDirectory[] = []
  #isClosed = false

  /** @param directory may be a link itself: it is what the person at the keyboard named */
  constructor(directory: string) {
    this.#root = openSync(directory, directoryFlags)
    this.#rootPath = realpathSync(directory)
  }

  /**
   * Calls `act` with a path of the directory, which on Linux stays the same whatever happens to the names above it.
   * Synchronous: the next call may close what this one opened.
   * @throws ENOENT, and ENOTDIR or ELOOP for a link, as Node's own functions throw them
   */
  within<Result>(directory: string, act: (path: string) => Result): Result {
    // The number of a closed descriptor may soon be that of another directory.
    if (this.#isClosed) throw new TypeError('the build context is closed')
    const names = directory === '' ? [] : directory.split('/')
    let kept = 0
    while (kept < this.#open.length && this.#open[kept]?.name === names[kept]) kept += 1
    for (const { fd } of this.#open.splice(kept)) closeSync(fd)
    let fd = this.#open.at(-1)?.fd ?? this.#root
    let temporary: number | undefined
    try {
      for (const [index, name] of names.slice(kept).entries()) {
        const parent = this.#pathOf(fd, names.slice(0, kept + index))
        fd = openSync(`${parent}/${name}`, directoryFlags | noFollow | noFollowAny)
        if (temporary !== undefined) closeSync(temporary)
        temporary = undefined
        if (this.#open.length < maxOpen) this.#open.push({ name, fd })
        else temporary = fd
      }
      return act(this.#pathOf(fd, names))
    } finally {
      if (temporary !== undefined) closeSync(temporary)
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const { fd } of this.#open.splice(0)) closeSync(fd)
    closeSync(this.#root)
  }

  /** Only Linux can go on from a descriptor by a path. */
  #pathOf(fd: number, names: readonly string[]): string {
    return process.platform === 'linux' ? `/proc/self/fd/${fd}` : [this.#rootPath, ...names].join('/')
  }
}
