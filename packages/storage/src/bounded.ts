/**
 * Many small operations at once, but not all of them.
 * @module
 */

/** Requests to the bucket that one request of a client may have under way. */
export const requestConcurrency = 16

/** `work` of each item, in the order of the items, at most `lanes` at a time; the first failure throws. */
export async function mapBounded<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  lanes = requestConcurrency,
): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  let failed = false
  async function lane(): Promise<void> {
    for (let at = next++; at < items.length && !failed; at = next++) {
      results[at] = await work(items[at] as T).catch((error: unknown) => {
        failed = true
        throw error
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane))
  return results
}
