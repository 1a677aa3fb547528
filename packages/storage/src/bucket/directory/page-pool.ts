/**
 * Pages of 1 MiB that everything which holds bytes of objects is made of. They are handed on and not left to the garbage
 * collector, which would let memory grow to a multiple of what is in use before it looks.
 * @module
 */

export const pageBytes = 1024 * 1024

export interface PagePool {
  take(): Buffer
  /** Nobody looks at the page any more. A page that somebody may still look at is simply not given back. */
  give(page: Buffer): void
  readonly freeBytes: number
  /** Lets go of the pages that were not needed since the last call. */
  trim(): void
}

/** The pages of all directory buckets of the process. */
export const processPages = trimmed(pagePool())

const trimMs = 10_000

export function pagePool(): PagePool {
  const free: Buffer[] = []
  let leastFree = 0
  return {
    take() {
      const page = free.pop() ?? Buffer.allocUnsafeSlow(pageBytes)
      leastFree = Math.min(leastFree, free.length)
      return page
    },
    give(page) {
      free.push(page)
    },
    get freeBytes() {
      return free.length * pageBytes
    },
    trim() {
      free.splice(0, leastFree)
      leastFree = free.length
    },
  }
}

/** Idle memory goes back to the system after a while; under load the pages stay. */
function trimmed(pages: PagePool): PagePool {
  let timer: NodeJS.Timeout | undefined

  function trim(): void {
    pages.trim()
    if (pages.freeBytes > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    take: pages.take,
    give(page) {
      pages.give(page)
      timer ??= setInterval(trim, trimMs).unref()
    },
    get freeBytes() {
      return pages.freeBytes
    },
    trim: pages.trim,
  }
}
