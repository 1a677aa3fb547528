/**
 * Pages of what the storage lists: ranges of sorted keys, filtered.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { Bucket, ListEntry } from './bucket/bucket.ts'
import type { StorageContext } from './context.ts'
import type { Page } from './repository.ts'

export interface ListPageOptions<T> extends OperationOptions {
  readonly prefix: string
  /** Rest of the key after which the page starts. */
  readonly after: string | undefined
  readonly limit: number
  /** What the entries stand for, in their order; those that stand for nothing any more are left out. */
  readonly select: (entries: readonly ListEntry[]) => readonly T[] | Promise<readonly T[]>
}

/** One LIST where nothing is left out; one item is read ahead to know whether more follow. */
export async function listPage<T>(context: StorageContext, options: ListPageOptions<T>): Promise<Page<T>> {
  const { prefix, after = '', limit, select, signal } = options
  if (limit <= 0) return { items: [], more: false }
  const items: T[] = []
  let startAfter = prefix + after
  for (;;) {
    const wanted = Math.min(1000, limit + 1 - items.length)
    const page = await context.bucket.list({ prefix, startAfter, limit: wanted, signal })
    items.push(...(await select(page)))
    if (items.length > limit) return { items: items.slice(0, limit), more: true }
    const last = page.at(-1)
    if (last === undefined || page.length < wanted) return { items, more: false }
    startAfter = last.key
  }
}

export interface ListRange {
  readonly prefix: string
  /** Keys strictly after it. @default the prefix */
  readonly startAfter?: string
  /** Keys from it on are not wanted; the last page may hold some. @default the end of the prefix */
  readonly end?: string
}

/** Every page of a range of keys, to its end. */
export async function* pagesOf(
  bucket: Bucket,
  { prefix, startAfter: after = prefix, end, ...options }: OperationOptions & ListRange,
): AsyncGenerator<readonly ListEntry[]> {
  for (let startAfter = after; ; ) {
    const page = await bucket.list({ prefix, startAfter, ...options })
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (last === undefined || page.length < 1000 || (end !== undefined && last.key >= end)) return
    startAfter = last.key
  }
}
