/**
 * The stream that `get` returns. Beside being a Readable it can send itself straight into a response, which is several
 * times cheaper: two recycled buffers, one being written while the other is being read.
 * @module
 */
import type { Socket } from 'node:net'
import { Readable, type Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { Block, BlockReader } from './block-reader.ts'
import { kernelSocket } from './kernel-socket.ts'

/** Ability of a Readable: its bytes can go to a Writable without passing through the stream. */
export interface DirectSource {
  /**
   * Writes all bytes to `writable` and resolves when the last one was handed on; does not end it. The stream cannot be
   * read besides, and is closed afterwards.
   * @throws ABORTED when `writable` closes before the end, the signal's reason, or what `get` streams fail with.
   */
  sendTo(writable: Writable, options?: SendOptions): Promise<void>
}

export interface SendOptions extends OperationOptions {
  /**
   * Gives the socket to which `writable` writes what it is given and nothing else, with all that belongs before handed
   * to it: then the kernel may be told to send bytes that need no check. Called once at most.
   */
  readonly openSocket?: () => Socket | undefined
}

export function isDirectSource(readable: Readable): readable is Readable & DirectSource {
  return typeof (readable as Partial<DirectSource>).sendTo === 'function'
}

/** A block that took longer than this to be consumed belongs to a slow consumer. */
const slowMs = 250

export interface ObjectStreamOptions {
  /** Blocks whose bytes may not be reused: nobody can know when the consumer of a Readable has let go of a chunk. */
  readonly openChunks: () => BlockReader
  /** Blocks that are reused when they were written. */
  readonly openDirect: () => BlockReader
  /** Called once when the stream closes without having opened a reader. */
  readonly unused: () => void
}

export class ObjectStream extends Readable implements DirectSource {
  readonly #options: ObjectStreamOptions
  #reader: BlockReader | undefined
  #last: Block | undefined
  #pushedAt = 0

  constructor(options: ObjectStreamOptions) {
    // One block ahead of the consumer is enough, whatever its size.
    super({ highWaterMark: 1 })
    this.#options = options
  }

  override _read(): void {
    this.#last?.done()
    this.#last = undefined
    this.#reader ??= this.#options.openChunks()
    this.#reader.next(performance.now() - this.#pushedAt < slowMs).then(
      (block) => {
        if (this.destroyed) {
          block?.abandon()
          return
        }
        this.#last = block
        this.#pushedAt = performance.now()
        this.push(block?.bytes ?? null)
      },
      (error: Error) => this.destroy(error),
    )
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#last?.abandon()
    this.#last = undefined
    if (this.#reader === undefined) this.#options.unused()
    else this.#reader.close(false)
    callback(error)
  }

  async sendTo(writable: Writable, { signal, openSocket }: SendOptions = {}): Promise<void> {
    if (this.#reader !== undefined || this.destroyed) throw new TypeError('sendTo: the stream has been read or closed')
    const reader = this.#options.openDirect()
    // From here on the stream only tells that it was destroyed.
    this.#reader = { next: async () => undefined, close: () => {} }
    const writer = blockWriter(writable, [signal, this])
    const kernel = reader.send === undefined ? undefined : kernelSocket(openSocket?.())
    let clean = false
    try {
      let fast = true
      let writing = Promise.resolve()
      for (;;) {
        const state = kernel === undefined ? 'unchecked' : reader.send?.(kernel)
        if (state === 'turn') {
          await setImmediate()
          writer.throwIfFailed()
          continue
        }
        // A full socket is waited for by writing a small block the ordinary way.
        const block = await reader.next(fast && state !== 'full')
        const waitedFrom = performance.now()
        await writing.catch((error: unknown) => {
          block?.abandon()
          throw error
        })
        fast = performance.now() - waitedFrom < slowMs
        if (block === undefined) break
        writing = writer.write(block)
        if (state === 'full') await writing
        // Seen by the await above, which may come after the failure.
        writing.catch(() => {})
      }
      clean = true
    } finally {
      writer.close()
      reader.close(clean)
      this.destroy()
    }
  }
}

/** Writes one block at a time and notices when its callback will never come. */
function blockWriter(writable: Writable, [signal, stream]: readonly [AbortSignal | undefined, Readable]) {
  let failure: unknown
  let failPending: (() => void) | undefined

  function fail(error: unknown): void {
    failure ??= error
    failPending?.()
  }
  const onAbort = (): void => fail(signal?.reason)
  const onClose = (): void => fail(new OciError('ABORTED', 'the receiver closed before all bytes were sent'))
  const onDestroy = (): void =>
    fail(stream.errored ?? new OciError('ABORTED', 'the stream was closed while it was sent'))
  if (signal?.aborted === true) onAbort()
  if (writable.destroyed || writable.closed) onClose()
  signal?.addEventListener('abort', onAbort)
  writable.on('close', onClose)
  writable.on('error', fail)
  stream.on('close', onDestroy)

  return {
    throwIfFailed(): void {
      if (failure !== undefined) throw failure
    },
    write(block: Block): Promise<void> {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) {
          block.abandon()
          reject(failure)
          return
        }
        failPending = () => {
          failPending = undefined
          block.abandon()
          reject(failure)
        }
        const current = failPending
        writable.write(block.bytes, (error) => {
          if (failPending !== current) return
          if (error !== null && error !== undefined) {
            fail(error)
            return
          }
          failPending = undefined
          block.done()
          resolve()
        })
      })
    },
    close(): void {
      signal?.removeEventListener('abort', onAbort)
      writable.off('close', onClose)
      writable.off('error', fail)
      stream.off('close', onDestroy)
    },
  }
}
