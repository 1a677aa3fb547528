/**
 * Standard input on its way to a container.
 * @module
 */
import type { Attachment } from '@tsreg/runtime'
import type { InputStream } from '../invocation.ts'
import { detachKeys } from './detach-keys.ts'

export interface InputRelay {
  /** True when the user has left: by the keys for it, or because the terminal is gone. */
  hasLeft(): boolean
  stop(): void
}

/**
 * Sends what comes, and its end, in order and no further ahead of the container than one piece.
 * @param terminal true for a terminal, which is left by keys and whose end is nothing that a container is told
 */
export function relayInput(stdin: InputStream, attachment: Attachment, terminal: boolean): InputRelay {
  const keys = terminal ? detachKeys() : undefined
  let left = false
  let sending = Promise.resolve()
  const leave = () => {
    left = true
    void sending.then(() => attachment.close())
  }
  const onData = (bytes: Buffer) => {
    const { send, leaves } = keys?.feed(bytes) ?? { send: bytes, leaves: false }
    stdin.pause()
    sending = sending
      .then(() => attachment.send(send))
      // The container does not read any more; its end is told by its output.
      .catch(() => {})
      .finally(() => {
        if (!stopped) stdin.resume()
      })
    if (leaves) leave()
  }
  // A terminal that hangs up, or a directory in place of a file: an end as well.
  const onEnd = () => {
    if (terminal) leave()
    else void sending.then(() => attachment.endInput())
  }
  let stopped = false
  stdin.on('data', onData).on('end', onEnd).on('error', onEnd)
  return {
    hasLeft: () => left,
    stop() {
      stopped = true
      stdin.off('data', onData).off('end', onEnd)
      stdin.pause()
    },
  }
}
