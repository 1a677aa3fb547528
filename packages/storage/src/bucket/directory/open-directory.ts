/**
 * Opens the parts of a directory bucket in the order that keeps a refused directory untouched, and closes them in the
 * opposite one.
 * @module
 */
import { join, resolve } from 'node:path'
import { type BufferPool, processBufferPool } from './buffer-pool.ts'
import { type CellCache, cellCache } from './cell-cache.ts'
import { checkDirectory, dataName } from './check-directory.ts'
import { type Commits, commits } from './commits.ts'
import { type DataFiles, dataFiles } from './data-files.ts'
import { databaseName } from './database.ts'
import { type FileSystem, realFileSystem } from './file-system.ts'
import { hotObjects } from './hot-objects.ts'
import { lockDirectory } from './lock.ts'
import { finishDirectory, makeDatabaseFile, makeDirectory } from './make-directory.ts'
import { type ObjectReader, objectReader } from './object-reader.ts'
import { openFiles } from './open-files.ts'
import { openRows, type Rows } from './rows.ts'
import { sendFile } from './sendfile.ts'
import { type DirectoryStatistics, newStatistics } from './statistics.ts'
import { sweepOrphans } from './sweep.ts'
import { startWriter, type Writer } from './writer.ts'
import type { Operation, Reply } from './writer-protocol.ts'

export interface OpenDirectoryOptions {
  /** Memory for cells. @default 33554432 */
  readonly cellCacheBytes?: number
  /** Memory for whole objects of up to 64 MiB that are read again; 0 keeps none. @default 0, or 100663296 where there is no sendfile */
  readonly hotBytes?: number
  /** Buffers for reading. @default 96 MiB for all directory buckets of the process */
  readonly bufferPool?: BufferPool
  /** Looks for leftovers of a crash in the background. @default true */
  readonly sweepAtOpen?: boolean
  /** What writes data files; a faulty one in tests. */
  readonly fileSystem?: FileSystem
  /** Upper bound of the database in pages of 4 KiB, for tests. @default none */
  readonly maxPages?: number
}

export interface OpenedDirectory {
  readonly directory: string
  readonly rows: Rows
  readonly writer: Writer
  readonly files: DataFiles
  readonly cache: CellCache
  readonly commits: Commits
  readonly reader: ObjectReader
  readonly statistics: DirectoryStatistics
  sweep(): Promise<number>
  /** Work that only `close` waits for; its failure is ignored. */
  background(work: Promise<unknown>): void
  close(): Promise<void>
}

const largestCachedCell = 256 * 1024
const largestHotObject = 64 * 1024 * 1024

export async function openDirectory(path: string, options: OpenDirectoryOptions): Promise<OpenedDirectory> {
  const directory = resolve(path)
  const openedAtMs = Date.now()
  const statistics = newStatistics()
  await using closing = new AsyncDisposableStack()

  const state = await checkDirectory(directory)
  if (state === 'new') await makeDirectory(directory)
  const lock = lockDirectory(directory)
  closing.defer(() => lock.release())
  const database = join(directory, databaseName)
  if (state === 'new') await makeDatabaseFile(database)
  const onCommit = (count: number, requests: Requests, replies: readonly Reply[]): void =>
    countWrites(statistics, count, requests, replies)
  const writer = await startWriter({ path: database, maxPages: options.maxPages }, { onCommit })
  closing.defer(() => writer.close())
  if (state === 'new') await finishDirectory(directory)
  const rows = openRows(database, statistics)
  closing.defer(() => rows.close())

  const data = join(directory, dataName)
  const files = dataFiles({ directory: data, fileSystem: options.fileSystem ?? realFileSystem, statistics })
  const hot = hotObjects({
    maxBytes: options.hotBytes ?? (sendFile() === undefined ? 96 * 1024 * 1024 : 0),
    maxObjectBytes: largestHotObject,
  })
  const cache = cellCache({ maxBytes: options.cellCacheBytes ?? 32 * 1024 * 1024, maxCellBytes: largestCachedCell })
  const background = backgroundWork()
  closing.defer(() => background.settled())

  function discard(file: string): void {
    hot.remove(file)
    // A file that could not be removed is found by the next sweep.
    background.run(files.remove(file))
  }

  const stopping = new AbortController()
  async function sweep(): Promise<number> {
    const removed = await sweepOrphans({ directory: data, files, rows, openedAtMs, signal: stopping.signal })
    statistics.orphansRemoved += removed
    return removed
  }
  closing.defer(() => stopping.abort())

  const pool = options.bufferPool ?? processBufferPool
  const opened = closing.move()
  return {
    directory,
    rows,
    writer,
    files,
    cache,
    statistics,
    commits: commits({ writer, cache, discard }),
    reader: objectReader({ rows, files, open: openFiles(), hot, pool, statistics }),
    sweep,
    background: background.run,
    close: () => opened.disposeAsync(),
  }
}

type Requests = readonly (readonly Operation[])[]

function countWrites(
  statistics: DirectoryStatistics,
  count: number,
  requests: Requests,
  replies: readonly Reply[],
): void {
  statistics.commits += count
  for (const [index, operations] of requests.entries()) {
    const reply = replies[index]
    if (reply === undefined || !('outcomes' in reply)) continue
    statistics.writes += operations.length
    for (const [at, operation] of operations.entries()) {
      if (operation.kind !== 'put' || reply.outcomes[at]?.ok !== true) continue
      statistics.cellBytesWritten += operation.body?.byteLength ?? 0
    }
  }
}

/** Work that nobody waits for but the end. */
function backgroundWork() {
  const running = new Set<Promise<unknown>>()
  return {
    run(work: Promise<unknown>): void {
      const settled = work.catch(() => {}).finally(() => running.delete(settled))
      running.add(settled)
    },
    async settled(): Promise<void> {
      await Promise.all(running)
    },
  }
}
