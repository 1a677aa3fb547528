/**
 * The streams of a running container, over the socket that conmon keeps for those who want to listen and speak.
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

export interface Attachment {
  /** To the end of the container. conmon waits while nobody takes the next packet. */
  packets(): AsyncIterable<OutputPacket>
  /** To its standard input. */
  send(bytes: Uint8Array): Promise<void>
  /** Its standard input ends. */
  endInput(): void
  /** The size of its terminal, in characters. */
  resize(size: { readonly columns: number; readonly rows: number }): void
  /** Stops listening. The container goes on. */
  close(): void
}

const readPacket = promisify(read)
const writePacket = promisify(writeTo)

/** @param directory of the container @throws ENOENT, ECONNREFUSED when it does not run */
export function attach(directory: string): Attachment {
  const fd = connectPackets(join(directory, 'attach'))
  let open = true
  const close = () => {
    if (!open) return
    open = false
    // A read may be waiting in another thread: it returns now, and only then the descriptor may be closed.
    endTalking(fd)
    if (reading === 0) closeSync(fd)
  }
  let reading = 0
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
  const readOne = async (buffer: Buffer): Promise<number> => {
    if (!open) return 0
    reading += 1
    try {
      return (await readPacket(fd, buffer, 0, packetLimit, null)).bytesRead
    } catch (error) {
      // conmon ended with packets of ours that nobody read.
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return 0
      throw error
    } finally {
      reading -= 1
      if (!open && reading === 0) closeSync(fd)
    }
  }
  return {
    packets,
    async send(bytes) {
      for (let at = 0; at < bytes.length && open; at += inputLimit) {
        const part = bytes.subarray(at, at + inputLimit)
        await writePacket(fd, part, 0, part.length, null)
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
function writeSize(path: string, { columns, rows }: { readonly columns: number; readonly rows: number }): void {
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
