/**
 * The streams of what conmon runs, a container or a command in one, over the socket that conmon keeps for those who want to listen and speak.
 *
 * Each packet is a byte that says which stream it is of (2: standard output, 3: standard error) and up to 8 KiB of it. What
 * is sent goes to its standard input.
 * @module
 */
import { closeSync, constants, openSync, read, writeSync, write as writeTo } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connectPackets, endSending, endTalking } from '@tsreg/image/syscalls'

const packetLimit = 64 * 1024
/** What conmon takes in one packet. */
const inputLimit = 8 * 1024

export interface OutputPacket {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Uint8Array
}

/** In characters. */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

export interface Attachment {
  /** To the end of the container. conmon waits while nobody takes the next packet. */
  packets(): AsyncIterable<OutputPacket>
  /** To its standard input. */
  send(bytes: Uint8Array): Promise<void>
  /** Its standard input ends. */
  endInput(): void
  /** The size of its terminal. */
  resize(size: TerminalSize): void
  /** Stops listening. The container goes on. */
  close(): void
}

const readPacket = promisify(read)
const writePacket = promisify(writeTo)

/** @param directory where conmon was started @throws ENOENT, ECONNREFUSED when it does not run */
export function attach(directory: string): Attachment {
  const fd = connectPackets(join(directory, 'attach'))
  let open = true
  /** Reads and writes that wait in another thread. */
  let waiting = 0
  const closeWhenUnused = () => {
    if (!open && waiting === 0) closeSync(fd)
  }
  const close = () => {
    if (!open) return
    open = false
    // What waits in another thread returns now, and only then the descriptor may be closed.
    endTalking(fd)
    closeWhenUnused()
  }
  const whileOpen = async (act: () => Promise<{ readonly bytesRead?: number }>): Promise<number> => {
    if (!open) return 0
    waiting += 1
    try {
      return (await act()).bytesRead ?? 0
    } finally {
      waiting -= 1
      closeWhenUnused()
    }
  }
  const readOne = async (buffer: Buffer): Promise<number> => {
    for (;;) {
      try {
        return await whileOpen(() => readPacket(fd, buffer, 0, packetLimit, null))
      } catch (error) {
        // conmon ended with packets of ours that nobody read; the kernel says that once, and before what conmon sent.
        if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
      }
    }
  }
  async function* packets(): AsyncIterable<OutputPacket> {
    const buffer = Buffer.allocUnsafeSlow(packetLimit)
    try {
      for (;;) {
        const length = await readOne(buffer)
        if (length === 0) return
        const stream = buffer[0] === 3 ? 'stderr' : 'stdout'
        yield { stream, bytes: Uint8Array.prototype.slice.call(buffer, 1, length) }
      }
    } finally {
      close()
    }
  }
  return {
    packets,
    async send(bytes) {
      for (let at = 0; at < bytes.length && open; at += inputLimit) {
        const part = bytes.subarray(at, at + inputLimit)
        await whileOpen(async () => {
          await writePacket(fd, part, 0, part.length, null)
          return {}
        })
      }
    },
    endInput() {
      if (open) endSending(fd)
    },
    resize: (size) => writeSize(join(directory, 'ctl'), size),
    close,
  }
}

/** conmon's control pipe: message 1 is the size of the terminal, rows first. */
function writeSize(path: string, { columns, rows }: TerminalSize): void {
  let fd: number
  try {
    // Without O_NONBLOCK this would wait when conmon has gone.
    fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (['ENOENT', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return
    throw error
  }
  try {
    writeSync(fd, `1 ${rows} ${columns}\n`)
  } finally {
    closeSync(fd)
  }
}
