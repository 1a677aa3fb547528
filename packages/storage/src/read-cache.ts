/**
 * What a replica remembers of cells that it read: only that something was there, only for a few seconds, never on behalf
 * of a push.
 * @module
 */

export interface ReadCacheOptions {
  /** How long an entry answers after its read began, in milliseconds; 0: nothing is cached. */
  readonly ttlMs: number
  /** Bound of all entries together; the least recently read go first. */
  readonly maxBytes: number
  readonly now: () => number
}

export interface ReadCache {
  /** The remembered value, or what `load` finds; undefined is not remembered. */
  through<T>(key: string, load: () => Promise<T | undefined>, bytes: (value: T) => number): Promise<T | undefined>
  /** Forgets the key, and what a read under way is going to find. */
  drop(key: string): void
}

interface Entry {
  readonly value: unknown
  readonly bytes: number
  readonly expires: number
}

/** Map, key and entry; measured roughly. */
const overheadBytes = 400

export function readCache({ ttlMs, maxBytes, now }: ReadCacheOptions): ReadCache {
  const entries = new Map<string, Entry>()
  let total = 0
  let drops = 0

  function remove(key: string): void {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    total -= entry.bytes
  }

  function add(key: string, entry: Entry): void {
    remove(key)
    entries.set(key, entry)
    total += entry.bytes
    for (const oldest of entries.keys()) {
      if (total <= maxBytes) break
      remove(oldest)
    }
  }

  function find(key: string): Entry | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expires <= now()) {
      remove(key)
      return undefined
    }
    entries.delete(key)
    entries.set(key, entry)
    return entry
  }

  return {
    async through<T>(key: string, load: () => Promise<T | undefined>, bytes: (value: T) => number) {
      const found = find(key)
      if (found !== undefined) return found.value as T
      const dropsBefore = drops
      const begun = now()
      const value = await load()
      // A deletion while the read was under way: the value may be from before it.
      if (value === undefined || ttlMs <= 0 || drops !== dropsBefore) return value
      const size = bytes(value) + overheadBytes
      if (size <= maxBytes / 4) add(key, { value, bytes: size, expires: begun + ttlMs })
      return value
    },

    drop(key) {
      drops++
      remove(key)
    },
  }
}
