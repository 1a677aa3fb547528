/**
 * A cache of cells that always equals what the database would answer: while a write of a key is under way the key is
 * not cached, and the acknowledgement brings the new value.
 * @module
 */
import type { Cell } from '../bucket.ts'

export interface CellCache {
  get(key: string): Cell | undefined
  /** Keeps what was just read from the database, in the same turn; ignored while a write of the key is under way. */
  keep(key: string, cell: Cell): void
  /** A write of the key begins. */
  hold(key: string): void
  /** It ended; `cell` is what it wrote, absent when it wrote nothing, deleted, or the outcome is unknown. */
  release(key: string, cell?: Cell): void
}

export interface CellCacheOptions {
  /** Sum of the bodies kept. */
  readonly maxBytes: number
  /** Largest body kept. */
  readonly maxCellBytes: number
}

interface Entry {
  readonly cell: Cell
  /** Since the eviction last came by: gets a second chance then. */
  used: boolean
}

/** What a map entry, its key and its cell take besides the body, roughly. */
const overheadBytes = 256

export function cellCache({ maxBytes, maxCellBytes }: CellCacheOptions): CellCache {
  // A hit must not touch the order of the map: deleting and adding again makes a large one rehash every few hits.
  const entries = new Map<string, Entry>()
  const writing = new Map<string, number>()
  let bytes = 0

  function remove(key: string, entry: Entry): void {
    entries.delete(key)
    bytes -= entry.cell.body.byteLength + overheadBytes
  }

  /** An eighth at a time, because a map is slow to begin an iteration after deletions at its front. */
  function evict(): void {
    for (const [key, entry] of entries) {
      if (bytes <= (maxBytes * 7) / 8) break
      if (entry.used) {
        entry.used = false
        entries.delete(key)
        entries.set(key, entry)
      } else remove(key, entry)
    }
  }

  function add(key: string, cell: Cell): void {
    const previous = entries.get(key)
    if (previous !== undefined) remove(key, previous)
    if (cell.body.byteLength > maxCellBytes) return
    entries.set(key, { cell, used: false })
    bytes += cell.body.byteLength + overheadBytes
    if (bytes > maxBytes) evict()
  }

  return {
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entry.used = true
      return entry.cell
    },
    keep(key, cell) {
      if (!writing.has(key)) add(key, cell)
    },
    hold(key) {
      const entry = entries.get(key)
      if (entry !== undefined) remove(key, entry)
      writing.set(key, (writing.get(key) ?? 0) + 1)
    },
    release(key, cell) {
      const others = (writing.get(key) ?? 1) - 1
      if (others > 0) {
        writing.set(key, others)
        return
      }
      writing.delete(key)
      if (cell !== undefined) add(key, cell)
    },
  }
}
