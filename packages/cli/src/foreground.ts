/**
 * A container in the foreground: its streams are the command's, and so are the command's signals.
 * @module
 */
import type { Attachment, StartedContainer } from '@tsreg/runtime'
import { CliError } from './errors.ts'
import { type InputStream, type Invocation, type OutputStream, print } from './invocation.ts'

export interface ForegroundOptions {
  readonly terminal: boolean
  readonly stdin: boolean
}

/** How the foreground ended: the container has, or the user left it running. */
export type ForegroundEnd = 'ended' | 'detached'

/** @throws CliError USAGE when a terminal is asked for and standard input is none, as docker does */
export function checkTerminal({ terminal, stdin }: ForegroundOptions, invocation: Invocation): void {
  if (terminal && stdin && invocation.stdin.isTTY !== true) {
    throw new CliError('USAGE', 'the input device is not a TTY', { advice: 'Leave out -t, or run it in a terminal.' })
  }
}

/** Joins the streams to the end of the container. */
export async function runInForeground(
  { process: { pid }, attachment }: StartedContainer,
  options: ForegroundOptions,
  invocation: Invocation,
): Promise<ForegroundEnd> {
  if (attachment === undefined) throw new Error('the container was started without its streams')
  const giveBack = invocation.takeSignals?.((signalName) => sendSignal(pid, signalName))
  const releaseTerminal = options.terminal ? takeTerminal(attachment, invocation) : () => {}
  const input = options.stdin ? sendInput(invocation.stdin, attachment, options.terminal) : undefined
  try {
    for await (const { stream, bytes } of attachment.packets()) {
      await write(stream === 'stderr' ? invocation.stderr : invocation.stdout, bytes)
    }
    return input?.detached() === true ? 'detached' : 'ended'
  } finally {
    input?.stop()
    attachment.close()
    releaseTerminal()
    giveBack?.()
  }
}

function sendSignal(pid: number, signalName: NodeJS.Signals): void {
  try {
    process.kill(pid, signalName)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function write(stream: OutputStream, bytes: Uint8Array): Promise<void> {
  await print(stream, bytes)
}

/** What is typed goes to the container as it is, and its terminal has the size of this one. */
function takeTerminal(attachment: Attachment, { stdin, stdout }: Invocation): () => void {
  const resize = () => attachment.resize({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 })
  if (stdin.isTTY === true) stdin.setRawMode?.(true)
  if (stdout.isTTY === true) {
    resize()
    stdout.on('resize', resize)
  }
  return () => {
    stdout.off('resize', resize)
    if (stdin.isTTY === true) stdin.setRawMode?.(false)
  }
}

/** Ctrl-P Ctrl-Q */
const detachKeys = Buffer.of(0x10, 0x11)

function sendInput(stdin: InputStream, attachment: Attachment, terminal: boolean) {
  let detached = false
  let previous = -1
  // In order, and no further ahead of the container than one piece.
  let sending = Promise.resolve()
  const onData = (bytes: Buffer) => {
    if (terminal && leaves(bytes)) {
      detached = true
      attachment.close()
      return
    }
    stdin.pause()
    sending = sending
      .then(() => attachment.send(bytes))
      // The container does not read any more; its end is told by its output.
      .catch(() => {})
      .finally(() => stdin.resume())
  }
  const leaves = (bytes: Buffer) => {
    const found = bytes.includes(detachKeys) || (previous === detachKeys[0] && bytes[0] === detachKeys[1])
    previous = bytes.at(-1) ?? previous
    return found
  }
  const onEnd = () => void sending.then(() => attachment.endInput())
  stdin.on('data', onData).on('end', onEnd)
  return {
    detached: () => detached,
    stop() {
      stdin.off('data', onData).off('end', onEnd)
      stdin.pause()
    },
  }
}
