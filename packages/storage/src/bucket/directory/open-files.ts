/**
 * Data files open for reading, one descriptor and one checksum table for all readers of a file.
 * @module
 */
import { close, open, read } from 'node:fs'
import { promisify } from 'node:util'
import type { BlockChecksums } from './checksums.ts'

export interface SharedFile {
  readonly checksums: BlockChecksums
  /** Fills the buffer from the position on; fewer bytes only at the end of the file. */
  read(buffer: Buffer, position: number): Promise<number>
  release(): void
}

export interface OpenFiles {
  /** @throws the system's error, ENOENT among them. */
  acquire(path: string, checksums: BlockChecksums): Promise<SharedFile>
  /** Descriptors open now. */
  readonly count: number
}

interface Entry {
  readonly descriptor: Promise<number>
  readonly checksums: BlockChecksums
  users: number
}

const openFile = promisify(open)

export function openFiles(): OpenFiles {
  const entries = new Map<string, Entry>()

  function release(path: string, entry: Entry): void {
    entry.users--
    if (entry.users > 0) return
    entries.delete(path)
    entry.descriptor.then(
      (descriptor) => close(descriptor, () => {}),
      () => {},
    )
  }

  return {
    async acquire(path, checksums) {
      const entry = entries.get(path) ?? { descriptor: openFile(path, 'r'), checksums, users: 0 }
      entries.set(path, entry)
      entry.users++
      let released = false
      const releaseOnce = (): void => {
        if (!released) release(path, entry)
        released = true
      }
      try {
        const descriptor = await entry.descriptor
        return {
          checksums: entry.checksums,
          read: (buffer, position) => readFully(descriptor, buffer, position),
          release: releaseOnce,
        }
      } catch (error) {
        releaseOnce()
        throw error
      }
    },
    get count() {
      return entries.size
    },
  }
}

function readFully(descriptor: number, buffer: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let filled = 0
    const more = (): void => {
      read(descriptor, buffer, filled, buffer.byteLength - filled, position + filled, (error, bytesRead) => {
        if (error !== null) {
          reject(error)
          return
        }
        filled += bytesRead
        if (bytesRead === 0 || filled === buffer.byteLength) resolve(filled)
        else more()
      })
    }
    more()
  })
}
