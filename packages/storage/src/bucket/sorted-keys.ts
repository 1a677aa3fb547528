/**
 * A set of keys in byte order, for stores that keep their index in memory.
 * @module
 */
import { compareKeys } from './keys.ts'

export interface SortedKeys {
  /** The key must not be in the set. */
  add(key: string): void
  delete(key: string): void
  /** At most `limit` keys with the prefix, strictly after `startAfter`. */
  page(prefix: string, startAfter: string | undefined, limit: number): string[]
}

export function sortedKeys(): SortedKeys {
  const keys: string[] = []

  /** Index of the first key that is at least `key` (or, `after`, greater). */
  function position(key: string, after = false): number {
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const order = compareKeys(keys[middle] ?? '', key)
      if (order < 0 || (after && order === 0)) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    add(key) {
      keys.splice(position(key), 0, key)
    },
    delete(key) {
      const at = position(key)
      if (keys[at] === key) keys.splice(at, 1)
    },
    page(prefix, startAfter, limit) {
      const fromPrefix = position(prefix)
      let at = startAfter === undefined ? fromPrefix : Math.max(fromPrefix, position(startAfter, true))
      const page: string[] = []
      for (let key = keys[at]; page.length < limit && key?.startsWith(prefix); key = keys[++at]) page.push(key)
      return page
    },
  }
}
