/**
 * What a verb is given by the process it runs in. Tests give it something else.
 * @module
 */
import type { Readable, Writable } from 'node:stream'
import { printable } from './output/printable.ts'

/** A standard stream; the fields are those of a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }
export type InputStream = Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }

export interface Invocation {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: InputStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Aborted by Ctrl-C and SIGTERM, with an {@link Interruption} as reason. */
  readonly signal: AbortSignal
  /**
   * Gives what otherwise ends the process to `handlers`, until what is returned is called: for a container in the
   * foreground.
   */
  readonly takeOver?: (handlers: ForegroundHandlers) => () => void
}

export interface ForegroundHandlers {
  onSignal(signalName: NodeJS.Signals): void
  /** One of the output streams cannot be written any more. */
  onOutputError(error: NodeJS.ErrnoException): void
}

/** Why a signal was aborted: the user or the system asked the command to stop. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly signalName: 'SIGINT' | 'SIGTERM'

  constructor(signalName: 'SIGINT' | 'SIGTERM') {
    super(signalName === 'SIGINT' ? 'interrupted' : 'terminated')
    this.signalName = signalName
  }
}

/** Writes text and waits while the reader is slower. A terminal gets no orders that stand in the text. */
export async function print(stream: OutputStream, text: string | Uint8Array): Promise<void> {
  if (stream.write(typeof text === 'string' && stream.isTTY === true ? printable(text) : text)) return
  await new Promise<void>((resolve) => {
    stream.once('drain', done)
    stream.once('close', done)
    function done() {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
  })
}
