/**
 * Whole objects kept in memory once they are read again: sent without reading or checking them again.
 *
 * Pages are recycled and not left to the garbage collector, and an object that is being sent is never evicted, so the
 * limit holds for the memory of the process.
 * @module
 */
import { type PagePool, pageBytes, processPages } from './page-pool.ts'

/** An object in memory, kept there until it is closed. */
export interface HotObject {
  /** Each of {@link pageBytes} but the last. */
  readonly pages: readonly Buffer[]
  /** @param clean false when somebody may still look at the pages: they will not be recycled. */
  close(clean: boolean): void
}

/** An object on its way into memory: its reader fills the pages and publishes it when all were checked. */
export interface HotFill extends HotObject {
  publish(): void
}

export interface HotObjects {
  open(file: string): HotObject | undefined
  /** A place for an object that is read for the second time within a while, when there is room. */
  fill(file: string, size: number): HotFill | undefined
  /** The file was deleted. */
  remove(file: string): void
  readonly usedBytes: number
}

export interface HotObjectsOptions {
  /** Sum of all objects kept. */
  readonly maxBytes: number
  /** Larger objects are never kept. */
  readonly maxObjectBytes: number
  /** @default performance.now */
  readonly now?: () => number
  /** @default those of the process */
  readonly pages?: PagePool
}

interface Entry {
  readonly file: string
  readonly pages: Buffer[]
  readonly size: number
  users: number
  ready: boolean
  recyclable: boolean
}

const rememberedReads = 10_000
const whileMs = 10 * 60_000

export function hotObjects(options: HotObjectsOptions): HotObjects {
  const { maxBytes, maxObjectBytes, now = () => performance.now(), pages: pool = processPages } = options
  const entries = new Map<string, Entry>()
  const lastRead = new Map<string, number>()
  let usedBytes = 0

  function drop(entry: Entry): void {
    if (entries.get(entry.file) === entry) entries.delete(entry.file)
    usedBytes -= entry.size
    if (!entry.recyclable) return
    for (const page of entry.pages) {
      if (page.byteLength === pageBytes) pool.give(page)
    }
  }

  function makeRoom(size: number): boolean {
    const idle = [...entries.values()].filter(({ users }) => users === 0)
    const evictable = idle.reduce((sum, entry) => sum + entry.size, 0)
    if (usedBytes - evictable + size > maxBytes) return false
    for (const entry of idle) {
      if (usedBytes + size <= maxBytes) break
      drop(entry)
    }
    return true
  }

  function isReadAgain(file: string): boolean {
    const last = lastRead.get(file)
    if (lastRead.size >= rememberedReads) lastRead.clear()
    lastRead.set(file, now())
    return last !== undefined && now() - last < whileMs
  }

  function use(entry: Entry): HotObject {
    entry.users++
    let closed = false
    return {
      pages: entry.pages,
      close(clean) {
        if (closed) return
        closed = true
        entry.users--
        if (!clean) entry.recyclable = false
        // Never published, or removed meanwhile: the last user takes it away.
        if (entry.users === 0 && (!entry.ready || entries.get(entry.file) !== entry)) drop(entry)
      },
    }
  }

  return {
    open(file) {
      const entry = entries.get(file)
      if (entry === undefined || !entry.ready) return undefined
      entries.delete(file)
      entries.set(file, entry)
      return use(entry)
    },
    fill(file, size) {
      if (size > maxObjectBytes || size > maxBytes || entries.has(file)) return undefined
      if (!isReadAgain(file) || !makeRoom(size)) return undefined
      const pages: Buffer[] = []
      for (let at = 0; at < size; at += pageBytes) {
        const bytes = Math.min(pageBytes, size - at)
        pages.push(bytes === pageBytes ? pool.take() : Buffer.allocUnsafeSlow(bytes))
      }
      usedBytes += size
      const entry: Entry = { file, pages, size, users: 0, ready: false, recyclable: true }
      entries.set(file, entry)
      return {
        ...use(entry),
        publish() {
          entry.ready = true
        },
      }
    },
    remove(file) {
      lastRead.delete(file)
      const entry = entries.get(file)
      if (entry === undefined) return
      entries.delete(file)
      if (entry.users === 0) drop(entry)
    },
    get usedBytes() {
      return usedBytes
    },
  }
}
