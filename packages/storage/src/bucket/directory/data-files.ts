/**
 * The files of larger objects: `DIR/d/<2 hex>/<30 hex>`, random names, written once and never renamed.
 *
 * A file and its directory entry are synced before the row that makes it visible is committed.
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { directFile } from './direct-file.ts'
import { diskRoom } from './disk-room.ts'
import { type FileSystem, storageError } from './file-system.ts'
import type { DirectoryStatistics } from './statistics.ts'
import { after, writeFully } from './write-fully.ts'

/** A file being written. */
export interface DataFile {
  /** `ab/cdef...`, as rows name it. */
  readonly name: string
  /** Writes all of it at the offset. @throws STORAGE_FULL, UNAVAILABLE */
  write(content: readonly Uint8Array[], offset: number): Promise<void>
  read(buffer: Uint8Array, offset: number): Promise<number>
  truncate(size: number): Promise<void>
  /** Data, size and, the first time, the directory entry survive a power cut when it resolves. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface DataFiles {
  /** A new name, protected from the sweep until it is released. */
  newName(): string
  /** Opens a file for writing, creating it unless it is there. */
  openForWriting(name: string): Promise<DataFile>
  path(name: string): string
  /** Removes a file; no error when it is gone. */
  remove(name: string): Promise<void>
  /** True for a file that this process is writing. */
  isBeingWritten(name: string): boolean
  /** From now on rows alone say whether the file is needed. */
  release(name: string): void
}

export interface DataFilesOptions {
  /** The `d` directory. */
  readonly directory: string
  readonly fileSystem: FileSystem
  readonly statistics: DirectoryStatistics
}

export function dataFiles({ directory, fileSystem, statistics }: DataFilesOptions): DataFiles {
  const beingWritten = new Set<string>()
  const prefixes = new Map<string, Promise<void>>()
  const syncTurn = turns(2)
  const room = diskRoom(directory, fileSystem)
  const path = (name: string): string => join(directory, name)

  async function syncDirectory(target: string): Promise<void> {
    const handle = await fileSystem.open(target, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  /**
   * The entry of a prefix directory, once per process: whoever made it, another request or a process that died, may not
   * have synced it yet.
   */
  function syncPrefix(prefix: string): Promise<void> {
    const known = prefixes.get(prefix)
    if (known !== undefined) return known
    const syncing = syncDirectory(directory)
    prefixes.set(prefix, syncing)
    syncing.catch(() => prefixes.delete(prefix))
    return syncing
  }

  /** `r+` first, because a re-opened file must not be emptied and `a` would ignore offsets. */
  async function openOrCreate(name: string): Promise<{ handle: FileHandle; created: boolean }> {
    const target = path(name)
    try {
      return { handle: await fileSystem.open(target, 'r+'), created: false }
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw error
    }
    try {
      return { handle: await fileSystem.open(target, 'wx+', 0o600), created: true }
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw error
    }
    await fileSystem.mkdir(dirname(target), { recursive: true, mode: 0o700 })
    return { handle: await fileSystem.open(target, 'wx+', 0o600), created: true }
  }

  async function openForWriting(name: string): Promise<DataFile> {
    const target = path(name)
    const run = async <T>(action: string, work: () => Promise<T>): Promise<T> => {
      try {
        return await work()
      } catch (error) {
        throw storageError(action, target, error)
      }
    }
    const { handle } = await run('open', () => openOrCreate(name))
    const direct = directFile(target, fileSystem)
    // A file that was there may owe its entry to a process that died before syncing the directory.
    let entrySynced = false
    return {
      name,
      async write(content, offset) {
        await room.claim(content.reduce((sum, { byteLength }) => sum + byteLength, 0))
        statistics.dataBytesWritten += await run('write', async () => {
          const written = await direct.write(content, offset)
          return written + (await writeFully(handle, after(content, written), offset + written))
        })
      },
      read: (buffer, offset) =>
        run('read', async () => (await handle.read(buffer, 0, buffer.byteLength, offset)).bytesRead),
      truncate: (size) => run('truncate', () => handle.truncate(size)),
      sync: () =>
        run('sync', () =>
          syncTurn(async () => {
            await handle.datasync()
            if (entrySynced) return
            await syncDirectory(dirname(target))
            await syncPrefix(dirname(target))
            entrySynced = true
          }),
        ),
      async close() {
        await direct.close()
        await handle.close()
      },
    }
  }

  return {
    newName() {
      const hex = randomBytes(16).toString('hex')
      const name = `${hex.slice(0, 2)}/${hex.slice(2)}`
      beingWritten.add(name)
      return name
    },
    openForWriting,
    path,
    async remove(name) {
      try {
        await fileSystem.unlink(path(name))
      } catch (error) {
        if (errno(error) !== 'ENOENT') throw storageError('remove', path(name), error)
      }
    },
    isBeingWritten: (name) => beingWritten.has(name),
    release: (name) => void beingWritten.delete(name),
  }
}

function errno(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

/** At most `count` at a time: syncs would otherwise occupy every thread of the pool, and reads would wait for the disk. */
function turns(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const queue: (() => void)[] = []
  return async (work) => {
    if (running === count) await new Promise<void>((resolve) => queue.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
