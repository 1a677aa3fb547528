/**
 * Opens objects for reading: from their row, from the memory that keeps hot ones, or from their data file.
 * @module
 */
import { addAbortSignal, type Readable } from 'node:stream'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ByteRange } from '../bucket.ts'
import { checkRange, objectUnknown } from '../check-arguments.ts'
import { type BlockReader, fileReader, memoryReader, pagesOf } from './block-reader.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { DataFiles } from './data-files.ts'
import { storageError } from './file-system.ts'
import type { HotObject, HotObjects } from './hot-objects.ts'
import { ObjectStream } from './object-stream.ts'
import type { OpenFiles, SharedFile } from './open-files.ts'
import { corrupt, type ObjectRow, type Rows } from './rows.ts'
import type { DirectoryStatistics } from './statistics.ts'

export interface ObjectReader {
  /** @throws BLOB_UNKNOWN, RANGE_INVALID, CONTENT_CORRUPT when the data file is missing. */
  open(key: string, options?: OperationOptions & { readonly range?: ByteRange }): Promise<Readable>
}

export interface ObjectReaderOptions {
  readonly rows: Rows
  readonly files: DataFiles
  readonly open: OpenFiles
  readonly hot: HotObjects
  readonly pool: BufferPool
  readonly statistics: DirectoryStatistics
}

export function objectReader({ rows, files, open, hot, pool, statistics }: ObjectReaderOptions): ObjectReader {
  function row(key: string): ObjectRow {
    const found = rows.object(key)
    if (found === undefined) throw objectUnknown(key)
    return found
  }

  /** The descriptor keeps the bytes readable, whatever happens to the key from here on. */
  async function acquire(key: string): Promise<{ object: ObjectRow; name: string; file: SharedFile } | ObjectRow> {
    for (let object = row(key); ; ) {
      const name = object.file
      if (name === undefined) return object
      try {
        return { object, name, file: await open.acquire(files.path(name), object.checksums) }
      } catch (error) {
        const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
        if (!missing) throw storageError('open', files.path(name), error)
        const again = row(key)
        if (again.file === name) {
          statistics.corruptChunks++
          throw corrupt(key, 0, `the data file ${files.path(name)} is missing`)
        }
        // Replaced between the look-up and the open.
        object = again
      }
    }
  }

  function fromMemory(pages: readonly Uint8Array[], range: ByteRange, hotObject?: HotObject): ObjectStream {
    const close = (clean: boolean): void => hotObject?.close(clean)
    const openReader = (): BlockReader => memoryReader({ pages, range, close })
    return new ObjectStream({ openChunks: openReader, openDirect: openReader, unused: () => close(true) })
  }

  function fromFile(key: string, object: ObjectRow, name: string, file: SharedFile, range: ByteRange): ObjectStream {
    const { size } = object
    const common = { key, size, range, file, pool, statistics }
    return new ObjectStream({
      openChunks: () => fileReader({ ...common, recycle: false }),
      openDirect: () => {
        const whole = range.start === 0 && range.end === size - 1
        return fileReader({ ...common, recycle: true, fill: whole ? hot.fill(name, size) : undefined })
      },
      unused: () => file.release(),
    })
  }

  async function stream(key: string, wanted: ByteRange | undefined): Promise<ObjectStream> {
    const first = row(key)
    const rangeOf = ({ size }: ObjectRow): ByteRange => {
      if (wanted !== undefined) checkRange(key, wanted, size)
      return wanted ?? { start: 0, end: size - 1 }
    }
    const range = rangeOf(first)
    if (first.body !== undefined) return fromMemory(pagesOf(first.body), range)
    const hotObject = hot.open(first.file ?? '')
    if (hotObject !== undefined) {
      statistics.hotReads++
      return fromMemory(hotObject.pages, range, hotObject)
    }
    const acquired = await acquire(key)
    if (!('file' in acquired && 'object' in acquired))
      return fromMemory(pagesOf(acquired.body ?? new Uint8Array()), rangeOf(acquired))
    const { object, name, file } = acquired
    try {
      return fromFile(key, object, name, file, rangeOf(object))
    } catch (error) {
      file.release()
      throw error
    }
  }

  return {
    async open(key, { signal, range } = {}) {
      const readable = await stream(key, range)
      return signal === undefined ? readable : addAbortSignal(signal, readable)
    },
  }
}
