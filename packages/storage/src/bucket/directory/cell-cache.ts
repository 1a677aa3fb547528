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

/** What a map entry, its key and its cell take besides the body, roughly. */
const overheadBytes = 256

export function cellCache({ maxBytes, maxCellBytes }: CellCacheOptions): CellCache {
  // A Map iterates in the order of insertion: the first key is the one not used for longest.
  const cells = new Map<string, Cell>()
  const writing = new Map<string, number>()
  let bytes = 0

  function remove(key: string): void {
    const cell = cells.get(key)
    if (cell === undefined) return
    cells.delete(key)
    bytes -= cell.body.byteLength + overheadBytes
  }

  function add(key: string, cell: Cell): void {
    remove(key)
    if (cell.body.byteLength > maxCellBytes) return
    cells.set(key, cell)
    bytes += cell.body.byteLength + overheadBytes
    for (const oldest of cells.keys()) {
      if (bytes <= maxBytes) break
      remove(oldest)
    }
  }

  return {
    get(key) {
      const cell = cells.get(key)
      if (cell === undefined) return undefined
      cells.delete(key)
      cells.set(key, cell)
      return cell
    },
    keep(key, cell) {
      if (!writing.has(key)) add(key, cell)
    },
    hold(key) {
      remove(key)
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
