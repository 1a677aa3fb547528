/**
 * The end of the output: what a slow reader has not taken yet would be lost with the process.
 * @module
 */
import type { Invocation, OutputStream } from '../invocation.ts'

/** Returns when the readers have taken all that was written, or have gone. @throws the reason of the signal */
export async function flushOutput({ stdout, stderr, signal }: Invocation): Promise<void> {
  for (const stream of [stdout, stderr]) {
    if (stream.writableLength === 0 || stream.destroyed) continue
    signal.throwIfAborted()
    await taken(stream, signal)
    signal.throwIfAborted()
  }
}

function taken(stream: OutputStream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      stream.off('close', settle)
      signal.removeEventListener('abort', settle)
      resolve()
    }
    stream.on('close', settle)
    signal.addEventListener('abort', settle)
    // Called when all before it is gone.
    stream.write('', settle)
  })
}
