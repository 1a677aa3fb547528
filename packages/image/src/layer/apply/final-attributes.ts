/**
 * What directories get only when nothing more is put into them: their times, and modes that would keep their owner out.
 * @module
 */
import type { Attributes } from './attributes.ts'

export interface FinalAttributes extends Pick<Attributes, 'atimeNs' | 'mtimeNs'> {
  /** Undefined when the directory has its mode already. */
  readonly mode: number | undefined
}

/** The directories of one layer, by their paths from the root. */
export class FinalAttributesList {
  readonly #byPath = new Map<string, FinalAttributes>()

  /** The last of several entries for a directory counts. */
  set(path: string, attributes: FinalAttributes): void {
    this.#byPath.set(path, attributes)
  }

  /** Only where nothing is known of the directory yet. */
  keep(path: string, read: () => FinalAttributes): void {
    if (!this.#byPath.has(path)) this.#byPath.set(path, read())
  }

  /** The directory was removed, and all in it. */
  forget(path: string): void {
    this.#byPath.delete(path)
    for (const other of this.#byPath.keys()) if (other.startsWith(`${path}/`)) this.#byPath.delete(other)
  }

  /** A directory comes after what is in it: its mode may not let anybody in. */
  *[Symbol.iterator](): Generator<readonly [string, FinalAttributes]> {
    yield* [...this.#byPath].reverse()
  }
}
