/**
 * Bounded parallelism.
 * @module
 */

/** Runs what it is given, at most so many at a time; the rest waits in order. */
export type Limiter = <T>(run: () => Promise<T>) => Promise<T>

/** @throws TypeError when `limit` is not a whole number of 1 or more. */
export function limiter(limit: number): Limiter {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new TypeError(`concurrency must be 1 or more, got ${limit}`)
  const waiting: (() => void)[] = []
  let free = limit
  return async (run) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

/**
 * Runs `visit` for each item in order, at most `limit` at a time. After the first failure no further one is started;
 * it is thrown when those under way have ended, so that nothing is left running.
 */
export async function forEachLimited<T>(
  items: readonly T[],
  limit: number,
  visit: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  let failed = false
  const work = async (): Promise<void> => {
    for (const item of queue) {
      if (failed) return
      try {
        await visit(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const results = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, work))
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason
  }
}
