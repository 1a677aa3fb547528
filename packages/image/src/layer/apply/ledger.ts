/**
 * Which of the files in a target are of the layer that is being unpacked. What a whiteout hides is everything else, also
 * where the layer names it after its own files (image-spec, layer.md: whiteouts apply to lower layers only).
 * @module
 */

/** Paths lead from the root, without links, without a slash at either end. */
export class Ledger {
  /** What the layer made, with the directories above it, where files of the layers below lie in the same tree. */
  readonly #made: Set<string> | undefined
  /** Elsewhere all is of the layer but these: directories that only lead somewhere, and copies of lower files. */
  readonly #foreign = new Set<string>()
  readonly #whiteouts = new Set<string>()
  readonly #opaque = new Set<string>()

  /** @param isShared whether the target holds files of the layers below */
  constructor(isShared: boolean) {
    this.#made = isShared ? new Set() : undefined
  }

  get isShared(): boolean {
    return this.#made !== undefined
  }

  /** The layer has something there now. */
  made(path: string): void {
    if (this.#made === undefined && this.#foreign.size === 0 && this.#whiteouts.size === 0) return
    this.#whiteouts.delete(path)
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
      if (this.#made?.has(at)) return
      this.#made?.add(at)
      this.#foreign.delete(at)
    }
  }

  /** Something is there now that the layer does not name. */
  foreign(path: string): void {
    this.#whiteouts.delete(path)
    this.#foreign.add(path)
  }

  whiteout(path: string): void {
    this.#whiteouts.add(path)
  }

  opaque(path: string): void {
    this.#opaque.add(path)
  }

  /** The path was removed, and all below it. */
  removed(path: string): void {
    for (const paths of [this.#foreign, this.#whiteouts, this.#opaque]) {
      for (const other of paths) if (other === path || other.startsWith(`${path}/`)) paths.delete(other)
    }
  }

  /** Of something that is there: whether the layer made it, or something in it. */
  isOfLayer(path: string): boolean {
    if (this.#made !== undefined) return this.#made.has(path)
    return !this.#foreign.has(path) && !this.#whiteouts.has(path)
  }

  isWhiteout(path: string): boolean {
    return this.#whiteouts.has(path)
  }

  isOpaque(path: string): boolean {
    return this.#opaque.has(path)
  }

  /** Whether the layer hides what the layers below have at the path. */
  hidesLower(path: string): boolean {
    if (this.#opaque.has('')) return true
    if (this.#opaque.size === 0 && this.#whiteouts.size === 0) return false
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      const above = path.slice(0, end)
      if (this.#opaque.has(above) || this.#whiteouts.has(above)) return true
    }
    return this.#whiteouts.has(path)
  }
}
