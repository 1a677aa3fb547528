/**
 * Content that ends with its signal, also while it waits for a chunk that never comes.
 * @module
 */

/** Yields the chunks of `content`; throws the signal's reason as soon as it is aborted and lets go of `content`. */
export async function* abortable(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  signal?.throwIfAborted()
  const iterator = content[Symbol.asyncIterator]()
  let rejectNext: ((reason: unknown) => void) | undefined
  const onAbort = (): void => rejectNext?.(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  let exhausted = false
  try {
    for (;;) {
      const result = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        rejectNext = reject
        iterator.next().then(resolve, reject)
      })
      signal?.throwIfAborted()
      exhausted = result.done === true
      if (result.done === true) return
      yield result.value
    }
  } catch (error) {
    // Content that listens to the same signal fails with an error of its own.
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // Not awaited: while a chunk is being waited for, a generator would not return before it came.
    if (!exhausted) iterator.return?.().then(undefined, () => {})
  }
}
