/**
 * A container, or a command in one, in the foreground: its streams are the command's, and so are the command's signals.
 * @module
 */
import type { Attachment, TerminalSize } from '@tsreg/runtime'
import { CliError } from '../errors.ts'
import type { Invocation } from '../invocation.ts'
import { writeBytes } from '../output/write-bytes.ts'
import { type InputRelay, relayInput } from './input.ts'
import type { SignalRelay } from './signals.ts'

export interface ForegroundOptions {
  readonly terminal: boolean
  readonly stdin: boolean
}

/** How the foreground ended: what ran there has, or the user left it running. */
export type ForegroundEnd = 'ended' | 'detached'

/** @throws CliError USAGE when a terminal is asked for and standard input is none, as docker does */
export function checkTerminal({ terminal, stdin }: ForegroundOptions, invocation: Invocation): void {
  if (terminal && stdin && invocation.stdin.isTTY !== true) {
    throw new CliError('USAGE', 'the input device is not a TTY', { advice: 'Leave out -t, or run it in a terminal.' })
  }
}

/** Of the terminal that this process writes to; undefined where it writes to none. */
export function sizeOfTerminal({ stdout }: Pick<Invocation, 'stdout'>): TerminalSize | undefined {
  const { isTTY, columns = 0, rows = 0 } = stdout
  return isTTY === true && columns > 0 && rows > 0 ? { columns, rows } : undefined
}

/**
 * Joins the streams until those of the container end. Each side waits for the other: no more than a piece of either is held
 * here. The terminal is as it was when this returns, however it does.
 * @throws the reason of `signals.leave` when the user insists, or nobody reads the output any more; the container goes on
 */
export async function runInForeground(
  attachment: Attachment,
  options: ForegroundOptions,
  invocation: Invocation,
  { leave }: Pick<SignalRelay, 'leave'>,
): Promise<ForegroundEnd> {
  const close = () => attachment.close()
  leave.addEventListener('abort', close)
  const releaseTerminal = options.terminal ? takeTerminal(attachment, options, invocation) : () => {}
  let input: InputRelay | undefined
  try {
    leave.throwIfAborted()
    input = options.stdin ? relayInput(invocation.stdin, attachment, options.terminal) : undefined
    for await (const { stream, bytes } of attachment.packets()) {
      await writeBytes(stream === 'stderr' ? invocation.stderr : invocation.stdout, bytes, leave)
    }
    leave.throwIfAborted()
    return input?.hasLeft() === true ? 'detached' : 'ended'
  } finally {
    leave.removeEventListener('abort', close)
    input?.stop()
    attachment.close()
    releaseTerminal()
  }
}

/** What is typed goes to the container as it is, and its terminal has the size of this one. */
function takeTerminal(attachment: Attachment, { stdin: takesInput }: ForegroundOptions, invocation: Invocation) {
  const { stdin, stdout } = invocation
  const resize = () => {
    const size = sizeOfTerminal(invocation)
    if (size !== undefined) attachment.resize(size)
  }
  // Where nothing that is typed is sent, Ctrl-C is still this terminal's.
  const isRaw = takesInput && stdin.isTTY === true
  if (isRaw) stdin.setRawMode?.(true)
  resize()
  stdout.on('resize', resize)
  return () => {
    stdout.off('resize', resize)
    if (isRaw) stdin.setRawMode?.(false)
  }
}
