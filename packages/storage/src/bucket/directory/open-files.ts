/**
 * Data files open for reading, one descriptor and one checksum table for all readers of a file.
 * @module
 */
import { close, fstatSync, open, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { checkedFiles, type FileIdentity, isSameFile } from './checked-blocks.ts'
import { type BlockChecksums, blockBytes, findMismatch, type Mismatch } from './checksums.ts'
import type { SendFile } from './sendfile.ts'

export interface SharedFile {
  /** Fills the buffer from the position on; fewer bytes only at the end of the file. */
  read(buffer: Buffer, position: number): Promise<number>
  /** As {@link read}, while everybody waits: for bytes that the kernel has in memory. */
  readNow(buffer: Buffer, position: number): number
  /** Checks whole blocks that were just read from the position on; not after `release`. */
  check(bytes: Uint8Array, position: number): Mismatch | undefined
  /** True when all blocks of these bytes were checked a short while ago and the file is still the same. */
  isChecked(position: number, length: number): boolean
  /** Moves bytes to a descriptor, see {@link SendFile}. */
  send(send: SendFile, target: number, position: number, length: number): number
  /** Waits for a read under way. */
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
  const checked = checkedFiles()

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
        const before = identityOf(descriptor)
        let reading = 0
        let releaseAfterRead = false
        return {
          async read(buffer, position) {
            reading++
            try {
              return await readFully(descriptor, buffer, position)
            } finally {
              reading--
              if (releaseAfterRead) releaseOnce()
            }
          },
          check(bytes, position) {
            const after = identityOf(descriptor)
            if (checked.covers(path, after, position, bytes.byteLength)) return undefined
            const mismatch = findMismatch(bytes, position, entry.checksums)
            const unchanged = isSameFile(before, after) && hasSettled(after)
            if (mismatch === undefined && unchanged) checked.add(path, before, position, bytes.byteLength)
            return mismatch
          },
          readNow: (buffer, position) => readSync(descriptor, buffer, 0, buffer.byteLength, position),
          isChecked(position, length) {
            const start = position - (position % blockBytes)
            const identity = identityOf(descriptor)
            if (Number(identity.size) < position + length) return false
            return checked.covers(path, identity, start, position + length - start)
          },
          send: (send, target, position, length) => send(target, descriptor, position, length),
          release() {
            // Under a read the number of a closed descriptor could already be another file's.
            releaseAfterRead = reading > 0
            if (reading === 0) releaseOnce()
          },
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

/** File times tick every few milliseconds: two changes within a tick look like one, so a young file is not trusted. */
function hasSettled({ ctimeNs }: FileIdentity): boolean {
  return Date.now() - Number(ctimeNs / 1_000_000n) > 1000
}

/** Costs microseconds: the file is open, so nothing is looked up. */
function identityOf(descriptor: number): FileIdentity {
  return fstatSync(descriptor, { bigint: true })
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
