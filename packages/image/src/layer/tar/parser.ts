/**
 * Reading a tar archive as it streams by: bytes are pushed in as they come, entries and their content come out. Nothing is
 * buffered beyond one header and its extensions.
 * @module
 */
import { TarDecoder, type TarDecoderOptions } from './decoder.ts'
import { blockBytes, paddedSize, type TarEntry } from './entry.ts'
import { invalidTar } from './invalid.ts'

/** Who takes the entries; what it throws ends the reading. */
export interface TarHandler {
  /** A new entry; the one before is complete. */
  entry(entry: TarEntry): void
  /** A part of the content of the last entry: valid only during the call. */
  content(bytes: Uint8Array): void
  /** The content of the last entry is complete; called for each entry, also for one without content. */
  entryEnd(): void
}

/** One archive. Push its bytes, and call `end` after the last. */
export class TarParser {
  readonly #decoder: TarDecoder
  readonly #handler: TarHandler
  /** What is being gathered over the ends of chunks: a header block or an extension. */
  #gathered: Buffer = Buffer.allocUnsafe(blockBytes)
  #gatheredBytes = 0
  #wantedBytes = blockBytes
  #extensionBytes = -1
  #contentLeft = 0
  #skip = 0
  #name = ''
  #zeroBlocks = 0

  constructor(handler: TarHandler, options: TarDecoderOptions = {}) {
    this.#handler = handler
    this.#decoder = new TarDecoder(options)
  }

  /** @throws ARCHIVE_INVALID, ARCHIVE_UNSUPPORTED, and what the handler throws */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength && this.#zeroBlocks < 2; ) {
      const left = chunk.byteLength - at
      if (this.#contentLeft > 0) at += this.#takeContent(chunk, at, left)
      else if (this.#skip > 0) {
        const skipped = Math.min(left, this.#skip)
        this.#skip -= skipped
        at += skipped
      } else if (this.#gatheredBytes === 0 && left >= this.#wantedBytes) {
        const bytes = chunk.subarray(at, at + this.#wantedBytes)
        at += this.#wantedBytes
        this.#gatheredWhole(bytes)
      } else at += this.#gather(chunk, at, left)
    }
  }

  /** @throws ARCHIVE_INVALID when the archive ends in the middle of something */
  end(): void {
    if (this.#contentLeft > 0) throw truncated(`the content of ${JSON.stringify(this.#name.slice(0, 300))}`)
    if (this.#zeroBlocks > 0) return
    if (this.#gatheredBytes > 0) throw truncated('the end of a header')
    if (this.#decoder.isInside || this.#extensionBytes >= 0) throw truncated('the entry after an extended header')
  }

  #takeContent(chunk: Uint8Array, at: number, left: number): number {
    const taken = Math.min(left, this.#contentLeft)
    this.#handler.content(taken === chunk.byteLength ? chunk : chunk.subarray(at, at + taken))
    this.#contentLeft -= taken
    if (this.#contentLeft === 0) this.#handler.entryEnd()
    return taken
  }

  #gather(chunk: Uint8Array, at: number, left: number): number {
    const taken = Math.min(left, this.#wantedBytes - this.#gatheredBytes)
    this.#gathered.set(chunk.subarray(at, at + taken), this.#gatheredBytes)
    this.#gatheredBytes += taken
    if (this.#gatheredBytes === this.#wantedBytes) {
      this.#gatheredBytes = 0
      this.#gatheredWhole(this.#gathered.subarray(0, this.#wantedBytes))
    }
    return taken
  }

  #gatheredWhole(bytes: Uint8Array): void {
    if (this.#extensionBytes >= 0) {
      const size = this.#extensionBytes
      this.#extensionBytes = -1
      this.#want(blockBytes)
      this.#decoder.extend(bytes.subarray(0, size))
      return
    }
    const item = this.#decoder.header(bytes)
    if (item.kind === 'zero') {
      this.#zeroBlocks++
      return
    }
    if (this.#zeroBlocks > 0) throw invalidTar('an entry follows a block of zeros')
    if (item.kind === 'more') return
    if (item.kind === 'extension') {
      if (item.size === 0) this.#decoder.extend(new Uint8Array(0))
      else this.#wantExtension(item.size)
      return
    }
    const { entry } = item
    this.#name = entry.name
    this.#contentLeft = entry.size
    this.#skip = paddedSize(entry.size) - entry.size
    this.#handler.entry(entry)
    if (entry.size === 0) this.#handler.entryEnd()
  }

  #wantExtension(size: number): void {
    this.#extensionBytes = size
    this.#want(paddedSize(size))
  }

  #want(bytes: number): void {
    this.#wantedBytes = bytes
    if (this.#gathered.byteLength < bytes) this.#gathered = Buffer.allocUnsafe(bytes)
  }
}

function truncated(where: string) {
  return invalidTar(`the archive ends before ${where}`)
}
