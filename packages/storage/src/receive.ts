/**
 * Takes the content of one request chunk by chunk, until it ends, fails, turns out too long, or somebody aborts.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'

export interface ReceiveOptions extends OperationOptions {
  /** Bytes that were announced. */
  readonly size: number | undefined
  readonly take: (chunk: Uint8Array) => Promise<void>
}

/** A failure of the content itself, as opposed to one of `take`: what was taken before it is sound. */
export class ContentFailure {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

/**
 * Resolves at the end of the content.
 * @throws SIZE_INVALID when it has another size than announced; {@link ContentFailure} when it fails or `signal` aborts;
 * what `take` throws
 */
export async function receive(content: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<void> {
  const { signal, size, take } = options
  const iterator = content[Symbol.asyncIterator]()
  let received = 0
  let ended = false
  try {
    for (;;) {
      const { done, value } = await nextChunk(iterator, signal)
      if (done === true) break
      received += value.byteLength
      if (size !== undefined && received > size) throw sizeInvalid(size, received)
      await take(value)
    }
    ended = true
  } catch (error) {
    if (error instanceof ContentFailure) ended = signal?.aborted !== true
    throw error
  } finally {
    // Not awaited: an iterator that hangs in next() would not answer this either.
    if (!ended) iterator.return?.().catch(() => {})
  }
  if (size !== undefined && received !== size) throw sizeInvalid(size, received)
}

/** The next chunk. @throws {@link ContentFailure} when the content fails or `signal` aborts */
export function nextChunk(iterator: AsyncIterator<Uint8Array>, signal: AbortSignal | undefined) {
  // A listener of its own for each chunk, because racing every chunk against one long promise would keep a reaction of
  // each chunk until the upload ends.
  return new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
    const fail = (cause: unknown) => reject(new ContentFailure(cause))
    if (signal?.aborted === true) return fail(signal.reason)
    const abort = () => fail(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    iterator
      .next()
      .then(resolve, fail)
      .finally(() => signal?.removeEventListener('abort', abort))
  })
}

/** @returns SIZE_INVALID with both values */
export function sizeInvalid(expected: number, received: number): OciError {
  const arrived = received > expected ? 'more' : received
  return new OciError('SIZE_INVALID', `${expected} bytes were announced, ${arrived} arrived`, {
    detail: { expected, received },
  })
}
