/**
 * Changes in their order, each after the directories that it lies in.
 * @module
 */
import type { Change } from './snapshotter.ts'

/** A change, or a file that is as it was. */
export interface Comparison {
  readonly kind: Change['kind'] | 'same'
  readonly path: string
}

/** Takes what a walk compares, a directory before what is in it. */
export class ChangeList<T extends Comparison> {
  /** Directories on the way that have not changed so far, the outermost first. */
  #unchanged: T[] = []

  /** What is to be told now. */
  add(found: T): readonly (T & { readonly kind: Change['kind'] })[] {
    this.#unchanged = this.#unchanged.filter(({ path }) => found.path.startsWith(`${path}/`))
    if (found.kind === 'same') {
      this.#unchanged.push(found)
      return []
    }
    // What is in a directory is a part of it.
    const directories = this.#unchanged.map((directory) => ({ ...directory, kind: 'modified' as const }))
    this.#unchanged = []
    return [...directories, { ...found, kind: found.kind }]
  }
}
