/**
 * Leaving a stream that no longer answers.
 * @module
 */

/**
 * The same chunks; once the signal fires its reason is thrown at the next one, even when the stream never yields again.
 * The stream is told to end and not waited for.
 */
export async function* abortable<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  if (signal === undefined) return yield* source
  const iterator = source[Symbol.asyncIterator]()
  const aborted = Promise.withResolvers<never>()
  aborted.promise.catch(() => {})
  const onAbort = () => aborted.reject(signal.reason)
  let finished = false
  try {
    signal.throwIfAborted()
    signal.addEventListener('abort', onAbort, { once: true })
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted.promise])
      if (next.done === true) {
        finished = true
        return
      }
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    if (!finished) leave(source, iterator)
  }
}

function leave<T>(source: AsyncIterable<T>, iterator: AsyncIterator<T>): void {
  const { destroy } = source as { destroy?: unknown }
  // A stream's own return() waits for a read that may never end; destroy() does not.
  if (typeof destroy === 'function') destroy.call(source)
  else iterator.return?.()?.catch(() => {})
}

/** The promise's outcome, or the reason of the signal when that fires first. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  try {
    signal.throwIfAborted()
    signal.addEventListener('abort', onAbort, { once: true })
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
