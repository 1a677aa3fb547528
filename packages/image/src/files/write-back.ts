/**
 * Bringing a file to the disk while it is still being written, so that little is left to wait for at its end.
 * @module
 */
import type { FileHandle } from 'node:fs/promises'
import { writeError } from './system-error.ts'

const stepBytes = 16 * 1024 * 1024

/** One file at a time: each sync that waits for the disk takes one of the few threads that also write. */
let busy = false

export class WriteBack {
  readonly #handle: FileHandle
  readonly #path: string
  #pending = 0
  #syncing: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined

  /** @param path only for messages. */
  constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.#path = path
  }

  /** To be told of all bytes that are written. Returns at once. */
  wrote(bytes: number): void {
    this.#pending += bytes
    if (this.#pending < stepBytes || busy) return
    this.#pending = 0
    busy = true
    this.#syncing = this.#sync()
  }

  /**
   * Nothing is under way any more. To be awaited before the last sync of the file: the system tells of a failed write
   * only once, to the sync that meets it first.
   * @throws STORAGE_FULL, what that sync threw
   */
  async settled(): Promise<void> {
    await this.#syncing
    if (this.#failure !== undefined) throw writeError(this.#failure.error, this.#path)
  }

  async #sync(): Promise<void> {
    try {
      await this.#handle.datasync()
    } catch (error) {
      this.#failure ??= { error }
    } finally {
      busy = false
    }
  }
}
