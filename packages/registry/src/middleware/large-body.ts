/**
 * A large request body, read from its socket in large reads into buffers that are used again.
 *
 * Node's HTTP parser takes a socket's bytes 64 KiB at a time and copies them into fresh memory, which costs more than
 * all that is done with them. Nothing of HTTP is left to parse in a body of known length, so the rest of it is read
 * beside the parser, through a second descriptor of the socket. The parser never learns that the body has ended: the
 * connection closes after the answer.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { duplicateDescriptor } from './duplicate-descriptor.ts'
import { readBuffer, recycleBuffer } from './read-buffers.ts'

/** Bodies that are not much larger are not worth a connection. */
const leastBytes = 2 * 1024 * 1024
/** Filled buffers that wait for the consumer. More of them would only move the waiting from the client to here. */
const mostWaiting = 4

/** The consumer must be done with a chunk when it asks for the next one. */
export interface LargeBody extends AsyncIterable<Uint8Array> {
  /** Bytes of the body so far, read by the consumer or not. */
  readonly bytesReceived: number
  /** All bytes have come. */
  readonly complete: boolean
  /** Nothing is here that the consumer could take: the client has to send. */
  readonly isStarved: boolean
}

/**
 * Takes the body over from the parser, and says so in the response. Undefined for a body that must stay there: a small
 * one, one of unknown length, one on TLS, one behind a response that is still being sent, which would set the parser
 * going again, and where sockets cannot be read so.
 *
 * Not to be called before the listener of the request has given up its turn: until then the parser has not handed over
 * what came with the headers.
 */
export function takeOverBody(request: IncomingMessage, response: ServerResponse): LargeBody | undefined {
  const length = Number(request.headers['content-length'] ?? 0)
  if (length < leastBytes || request.headers['transfer-encoding'] !== undefined) return undefined
  const socket = request.socket as ParsedSocket
  const descriptor = socket._handle?.fd ?? -1
  if ('encrypted' in socket || descriptor < 0 || socket.destroyed || request.readableDidRead) return undefined
  if (response.socket !== socket || socket.writableLength > 0) return undefined
  const duplicate = duplicateDescriptor()?.(descriptor) ?? -1
  if (duplicate < 0) return undefined
  stopParsing(socket)
  response.shouldKeepAlive = false
  return new SocketBody({ socket, descriptor: duplicate, parsed: chunksOf(request), length })
}

/** One `read` gives one chunk, and several may have come while the request waited: for a password check, or for its turn. */
function chunksOf(request: IncomingMessage): readonly Buffer[] {
  const chunks: Buffer[] = []
  for (let chunk = request.read(); chunk !== null; chunk = request.read()) chunks.push(chunk)
  return chunks
}

/** Parts of Node's sockets that have no public name. */
type ParsedSocket = Socket & {
  /** Set by Node's HTTP server where it holds a connection back. */
  _paused?: boolean
  readonly _handle?: { readonly fd?: number; reading: boolean; readStop(): unknown; readStart(): unknown } | null
}

/** What the parser has read so far has arrived in the request; from here on it reads nothing. */
function stopParsing(socket: ParsedSocket): void {
  socket._paused = true
  if (socket._handle == null) return
  socket._handle.reading = false
  socket._handle.readStop()
}

/** The stream of the socket does not know that it was stopped, so telling it to go on would do nothing. */
function parseAgain(socket: ParsedSocket): void {
  socket._paused = false
  if (socket._handle == null || socket.destroyed) return
  socket._handle.reading = true
  socket._handle.readStart()
}

interface SocketBodyOptions {
  readonly socket: ParsedSocket
  readonly descriptor: number
  /** What had arrived before. */
  readonly parsed: readonly Buffer[]
  readonly length: number
}

class SocketBody implements LargeBody {
  bytesReceived: number
  readonly #length: number
  readonly #socket: ParsedSocket
  readonly #reader: Socket
  readonly #waiting: Buffer[] = []
  #taken: Buffer | undefined
  #failure: Error | undefined
  #wake: (() => void) | undefined
  #lastRead = 0

  constructor({ socket, descriptor, parsed, length }: SocketBodyOptions) {
    this.#length = length
    this.#socket = socket
    this.#waiting.push(...parsed)
    this.bytesReceived = parsed.reduce((sum, { byteLength }) => sum + byteLength, 0)
    this.#reader = new Socket({
      fd: descriptor,
      readable: true,
      writable: false,
      onread: { buffer: () => this.#nextBuffer(), callback: (count, buffer) => this.#received(count, buffer) },
    })
    const fail = (error?: Error) => this.#fail(error ?? cutOff())
    this.#reader.once('error', fail).once('close', () => fail())
    this.#reader.once('end', () => fail())
    socket.once('close', () => fail())
    if (this.complete) this.#close()
  }

  get complete(): boolean {
    return this.bytesReceived >= this.#length
  }

  get isStarved(): boolean {
    return this.#waiting.length === 0 && !this.complete
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => this.#next(),
      // The connection stays open, so that the reason for leaving can be answered while the parser reads over the rest.
      return: async () => {
        this.#close()
        if (!this.complete) parseAgain(this.#socket)
        return { done: true, value: undefined }
      },
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#taken !== undefined) recycleBuffer(this.#taken)
    this.#taken = undefined
    while (this.#waiting.length === 0) {
      if (this.complete) return { done: true, value: undefined }
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#taken = this.#waiting.shift()
    if (this.#waiting.length === 0 && !this.complete) this.#reader.resume()
    return { done: false, value: this.#taken as Buffer }
  }

  /** Never longer than what is missing: what comes after the body is not ours. */
  #nextBuffer(): Buffer {
    const missing = this.#length - this.bytesReceived
    return readBuffer(this.#lastRead).subarray(0, Math.max(1, missing))
  }

  #received(count: number, buffer: Uint8Array): boolean {
    this.#lastRead = count
    this.bytesReceived += count
    this.#waiting.push(Buffer.from(buffer.buffer, buffer.byteOffset, count))
    this.#wake?.()
    if (this.complete) this.#close()
    return !this.complete && this.#waiting.length < mostWaiting
  }

  #fail(error: Error): void {
    if (this.complete) return
    this.#failure ??= error
    this.#close()
    // Nobody else reads the connection: it would never be seen to have ended.
    this.#socket.destroy()
    this.#wake?.()
  }

  /** Closes the second descriptor; the connection stays. */
  #close(): void {
    this.#reader.removeAllListeners('close').destroy()
  }
}

function cutOff(): Error {
  return Object.assign(new Error('the connection was closed before the end of the body'), { code: 'ECONNRESET' })
}
