/**
 * Writes past the page cache (O_DIRECT): the disk takes the bytes from where they are. A copy into the cache would cost
 * more than hashing, push out what pulls are served from, and have to be written to the disk before the
 * acknowledgement all the same.
 * @module
 */
import { constants, type FileHandle } from 'node:fs/promises'
import { isAligned, pageBytes } from '@tsreg/oci/content'
import type { FileSystem } from './file-system.ts'
import { writeOnce } from './write-fully.ts'

export interface DirectFile {
  /**
   * Writes the longest beginning of the content that can go past the cache, and returns its bytes: 0 when none can, and
   * the rest is to be written the ordinary way.
   */
  write(content: readonly Uint8Array[], offset: number): Promise<number>
  close(): Promise<void>
}

/** Less is not worth a second descriptor. */
const leastBytes = 1024 * 1024
/** What file systems without direct writes, or with other ideas of alignment, answer. */
const refusals: ReadonlySet<string | undefined> = new Set(['EINVAL', 'EOPNOTSUPP', 'ENOTSUP'])

/** The file is opened a second time when something can be written so; it must exist then. */
export function directFile(path: string, fileSystem: FileSystem): DirectFile {
  let opened: Promise<FileHandle> | undefined
  let refused = constants.O_DIRECT === undefined

  /** Once, also for parts that are written at one time. */
  function open(): Promise<FileHandle> {
    if (opened !== undefined) return opened
    const opening = fileSystem.open(path, constants.O_WRONLY | constants.O_DIRECT)
    opened = opening
    // The next write tries again.
    opening.catch(() => {
      opened = undefined
    })
    return opening
  }

  async function write(content: readonly Uint8Array[], offset: number): Promise<number> {
    const direct = refused || offset % pageBytes !== 0 ? [] : leadingAligned(content)
    if (sizeOf(direct) < leastBytes) return 0
    let written = 0
    try {
      written = await writeOnce(await open(), direct, offset)
    } catch (error) {
      if (!refusals.has((error as NodeJS.ErrnoException).code)) throw error
      refused = true
    }
    return written
  }

  return {
    write,
    async close() {
      const closing = opened
      opened = undefined
      await (await closing?.catch(() => undefined))?.close()
    },
  }
}

function leadingAligned(content: readonly Uint8Array[]): readonly Uint8Array[] {
  const end = content.findIndex((bytes) => !isAligned(bytes))
  return end === -1 ? content : content.slice(0, end)
}

function sizeOf(content: readonly Uint8Array[]): number {
  return content.reduce((sum, { byteLength }) => sum + byteLength, 0)
}
