/**
 * Streams that misbehave as networks and disks do.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'

type Bytes = AsyncIterable<Uint8Array>

/** Passes on so many bytes, then fails with the error. */
export async function* failing(
  content: Bytes,
  afterBytes: number,
  error: unknown = new Error(`failed after ${afterBytes} bytes`),
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* cut(content, afterBytes)
  throw error
}

/** Passes on so many bytes, then ends as if there were no more. */
export async function* cut(content: Bytes, afterBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = afterBytes
  if (left <= 0) return
  for await (const chunk of content) {
    yield chunk.subarray(0, left)
    left -= chunk.byteLength
    if (left <= 0) return
  }
}

/** Waits before each chunk. */
export async function* slow(content: Bytes, delayMs: number): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of content) {
    await delay(delayMs)
    yield chunk
  }
}

/**
 * Passes on so many bytes, then neither gives nor ends until who reads it stops. An async generator would not do: it
 * could not be stopped while it waits.
 */
export function stalling(content: Bytes, afterBytes: number): AsyncIterableIterator<Uint8Array> {
  const source = cut(content, afterBytes)
  const stopped = Promise.withResolvers<IteratorResult<Uint8Array>>()
  const iterator: AsyncIterableIterator<Uint8Array> = {
    next: async () => {
      const next = await source.next()
      return next.done === true ? stopped.promise : next
    },
    return: async () => {
      stopped.resolve({ done: true, value: undefined })
      await source.return()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
