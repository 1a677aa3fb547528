/**
 * Copying output into a stream that others write to as well: it is not ended, and no listener stays on it.
 * @module
 */
import type { Writable } from 'node:stream'

/** Writes all of `source`, as fast as `target` takes it. @throws the error of `target`, or that it was closed */
export async function copyInto(source: AsyncIterable<Uint8Array>, target: Writable): Promise<void> {
  for await (const chunk of source) await writeAll(target, chunk)
}

/** Writes and waits while the reader is slower. */
export async function writeAll(target: Writable, chunk: Uint8Array): Promise<void> {
  if (target.destroyed) throw target.errored ?? new Error('nobody reads the output any more')
  if (target.write(chunk)) return
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error) => {
      target.off('drain', drained).off('error', settle).off('close', closed)
      if (error === undefined) resolve()
      else reject(error)
    }
    const drained = () => settle()
    const closed = () => settle(target.errored ?? new Error('nobody reads the output any more'))
    target.on('drain', drained).on('error', settle).on('close', closed)
  })
}
