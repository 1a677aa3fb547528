/**
 * Output of others, as it is: not looked at, and not waited for when nobody wants it any more.
 * @module
 */
import type { OutputStream } from '../invocation.ts'

/**
 * Writes, and waits while the reader is slower, but for no longer than the user does.
 * @throws the reason of the signal when it was aborted before
 */
export async function writeBytes(stream: OutputStream, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (stream.write(bytes)) return
  await new Promise<void>((resolve) => {
    const settle = () => {
      stream.off('drain', settle).off('close', settle)
      signal.removeEventListener('abort', settle)
      resolve()
    }
    stream.on('drain', settle).on('close', settle)
    signal.addEventListener('abort', settle)
  })
}
