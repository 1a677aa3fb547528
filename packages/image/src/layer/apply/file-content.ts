/**
 * The content of one file as it arrives: in one go, or in the parts of a file with holes.
 * @module
 */
import { ftruncateSync, writeSync } from 'node:fs'
import type { SparseMap, TarEntry } from '../tar/entry.ts'

export class FileContent {
  readonly fd: number
  readonly entry: TarEntry
  #part = 0
  #inPart = 0

  constructor(fd: number, entry: TarEntry) {
    this.fd = fd
    this.entry = entry
  }

  write(bytes: Uint8Array): void {
    const { sparse } = this.entry
    if (sparse === undefined) writeWhole(this.fd, bytes, null)
    else this.#writeParts(sparse, bytes)
  }

  /** After the last byte: a hole may stand at the end. */
  complete(): void {
    const { sparse } = this.entry
    if (sparse !== undefined) ftruncateSync(this.fd, sparse.size)
  }

  #writeParts(sparse: SparseMap, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; ) {
      const part = sparse.parts[this.#part]
      if (part === undefined) return
      const length = Math.min(part.length - this.#inPart, bytes.byteLength - at)
      writeWhole(this.fd, bytes.subarray(at, at + length), part.offset + this.#inPart)
      at += length
      this.#inPart += length
      if (this.#inPart < part.length) continue
      this.#part++
      this.#inPart = 0
    }
  }
}

function writeWhole(fd: number, bytes: Uint8Array, position: number | null): void {
  let at = 0
  while (at < bytes.byteLength) {
    at += writeSync(fd, bytes, at, bytes.byteLength - at, position === null ? null : position + at)
  }
}
