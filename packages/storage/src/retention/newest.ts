/**
 * The newest so many of any number of items: a heap with the oldest of them on top.
 * @module
 */

export interface Dated {
  readonly pushedMs: number
  readonly tag: string
}

export interface Newest<T extends Dated> {
  /** Takes the item in; returns the one that is not among the newest any more, perhaps the same. */
  add(item: T): T | undefined
  /** Those that are left, in no order. */
  items(): readonly T[]
}

/** @param limit at least 1 */
export function newest<T extends Dated>(limit: number): Newest<T> {
  const heap: T[] = []

  function swap(a: number, b: number): void {
    const [first, second] = [heap[a], heap[b]]
    if (first === undefined || second === undefined) return
    heap[a] = second
    heap[b] = first
  }

  function rise(at: number): void {
    for (let child = at; child > 0; ) {
      const parent = (child - 1) >> 1
      if (!isOlder(heap[child], heap[parent])) return
      swap(child, parent)
      child = parent
    }
  }

  function sink(): void {
    for (let parent = 0; ; ) {
      let least = parent
      for (const child of [2 * parent + 1, 2 * parent + 2]) if (isOlder(heap[child], heap[least])) least = child
      if (least === parent) return
      swap(least, parent)
      parent = least
    }
  }

  return {
    add(item) {
      if (heap.length < limit) {
        heap.push(item)
        rise(heap.length - 1)
        return undefined
      }
      const [oldest] = heap
      if (oldest === undefined || isOlder(item, oldest)) return item
      heap[0] = item
      sink()
      return oldest
    },
    items: () => heap,
  }
}

/** Of two pushed in one millisecond the one with the lesser name counts as the older one, so that runs agree. */
function isOlder(a: Dated | undefined, b: Dated | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return a.pushedMs < b.pushedMs || (a.pushedMs === b.pushedMs && a.tag < b.tag)
}
