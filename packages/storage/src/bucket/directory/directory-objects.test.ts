import { open, readdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { pieces, readAll, seededBytes, text } from '../../testing/bucket-fixtures.ts'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { directoryBucket } from './directory.ts'
import { type FileSystem, realFileSystem } from './file-system.ts'

const newDirectory = temporaryDirectories()
const mebibyte = 1024 * 1024

/** Paths of all data files. */
async function dataFiles(directory: string): Promise<string[]> {
  const entries = await readdir(join(directory, 'd'), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function flipByte(path: string, offset: number): Promise<void> {
  await using handle = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await handle.read(byte, 0, 1, offset)
  await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, offset)
}

describe('objects of a directory bucket', () => {
  test('up to 128 KiB an object is a row, above it is a file', async () => {
    const directory = await newDirectory()
    const bucket = await directoryBucket(directory)
    await bucket.write('row', pieces(seededBytes(131_072, 1), 50_000))
    expect(await dataFiles(directory)).toEqual([])
    await bucket.write('file', pieces(seededBytes(131_073, 2), 50_000))
    const [path = ''] = await dataFiles(directory)
    expect((await stat(path)).size).toBe(131_073)
    expect(bucket.stats()).toMatchObject({ cellBytesWritten: 131_072, dataBytesWritten: 131_073 })
    await bucket.close()
  })

  test('the file goes when the object is deleted or replaced, and when a write fails', async () => {
    const directory = await newDirectory()
    const bucket = await directoryBucket(directory)
    const large = (): AsyncIterable<Uint8Array> => pieces(seededBytes(3 * mebibyte, 3), 100_000)
    for (const key of ['deleted', 'replaced', 'kept']) await bucket.write(key, large())
    await bucket.delete('deleted')
    await bucket.put('replaced', text('x'))
    await bucket.write('kept', large(), { ifAbsent: true })
    await expect(bucket.write('kept', large(), { size: 2 * mebibyte })).rejects.toMatchObject({ code: 'SIZE_INVALID' })
    const failing = pieces(seededBytes(3 * mebibyte, 3), 100_000, { after: 2 * mebibyte, error: new Error('cut') })
    await expect(bucket.write('kept', failing)).rejects.toThrow('cut')
    await bucket.close()
    expect(await dataFiles(directory)).toHaveLength(1)
  })

  test('a byte flipped on disk breaks the stream before its block leaves, and is counted', async () => {
    const directory = await newDirectory()
    const bucket = await directoryBucket(directory)
    const content = seededBytes(2 * mebibyte, 4)
    await bucket.write('blob', pieces(content, 100_000))
    // Read before it is damaged: what was checked once is not trusted after the file changed.
    expect(content.equals(await readAll(bucket, 'blob'))).toBe(true)
    const [path = ''] = await dataFiles(directory)
    await flipByte(path, mebibyte + 70_000)
    const received: Buffer[] = []
    const reading = (async () => {
      for await (const chunk of await bucket.get('blob')) received.push(chunk as Buffer)
    })()
    await expect(reading).rejects.toMatchObject({
      code: 'CONTENT_CORRUPT',
      message: expect.stringContaining('blob'),
      detail: { key: 'blob', offset: mebibyte + 65_536 },
    })
    const good = Buffer.concat(received)
    expect(good.byteLength).toBeLessThanOrEqual(mebibyte + 65_536)
    expect(content.subarray(0, good.byteLength).equals(good)).toBe(true)
    expect(bucket.stats().corruptChunks).toBe(1)
    const undamaged = await bucket.get('blob', { range: { start: 10, end: 100_000 } })
    expect(content.subarray(10, 100_001).equals(await buffer(undamaged))).toBe(true)
    const damaged = await bucket.get('blob', { range: { start: mebibyte + 131_071, end: mebibyte + 131_071 } })
    await expect(buffer(damaged)).rejects.toMatchObject({ code: 'CONTENT_CORRUPT' })
    await bucket.close()
  })

  test.each([
    ['shorter than recorded', (path: string) => truncate(path, mebibyte + 5)],
    ['empty', (path: string) => truncate(path, 0)],
    ['missing', (path: string) => rm(path)],
  ])('a data file that is %s is CONTENT_CORRUPT', async (_, damage) => {
    const directory = await newDirectory()
    const bucket = await directoryBucket(directory)
    await bucket.write('blob', pieces(seededBytes(2 * mebibyte, 5), 100_000))
    const [path = ''] = await dataFiles(directory)
    await damage(path)
    await expect(readAll(bucket, 'blob')).rejects.toMatchObject({ code: 'CONTENT_CORRUPT' })
    expect(bucket.stats().corruptChunks).toBe(1)
    await bucket.put('other', text('still works'))
    await bucket.close()
  })

  test('a damaged cell is CONTENT_CORRUPT, and its neighbours are not', async () => {
    const directory = await newDirectory()
    const first = await directoryBucket(directory)
    await first.put('good', text('good'))
    await first.put('bad', text('bad'))
    await first.close()
    const database = new DatabaseSync(join(directory, 'index.db'))
    database.prepare("UPDATE objects SET body = ? WHERE key = 'bad'").run(text('bat'))
    database.close()
    const bucket = await directoryBucket(directory)
    await expect(bucket.read('bad')).rejects.toMatchObject({ code: 'CONTENT_CORRUPT' })
    await expect(bucket.get('bad')).rejects.toMatchObject({ code: 'CONTENT_CORRUPT' })
    expect(Buffer.from(bucket.peek('good')?.body ?? []).toString()).toBe('good')
    expect(bucket.stats().corruptChunks).toBe(2)
    await bucket.close()
  })

  test('a disk that is full in the middle of a write is STORAGE_FULL, leaves nothing, and recovers', async () => {
    const directory = await newDirectory()
    let room = mebibyte
    const fileSystem: FileSystem = {
      ...realFileSystem,
      async open(path, flags, mode) {
        const handle = await realFileSystem.open(path, flags, mode)
        const writev = handle.writev.bind(handle)
        handle.writev = async (buffers, position) => {
          if (room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
          const [head] = buffers
          const size = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)
          const full = size > room
          const fitting = full && head !== undefined ? [Buffer.from(head.buffer, head.byteOffset, 1000)] : buffers
          room -= size
          // A disk that fills up writes what still fits before it fails.
          const { bytesWritten } = await writev(fitting, position)
          return { bytesWritten, buffers }
        }
        return handle
      },
    }
    const bucket = await directoryBucket(directory, { fileSystem })
    const content = seededBytes(3 * mebibyte, 6)
    await expect(bucket.write('blob', pieces(content, 64_000))).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    expect(await dataFiles(directory)).toEqual([])
    expect(await bucket.stat('blob')).toBeUndefined()
    room = 100 * mebibyte
    await bucket.write('blob', pieces(content, 64_000))
    expect(content.equals(await readAll(bucket, 'blob'))).toBe(true)
    await bucket.close()
  })

  test('a write whose file cannot be synced is not acknowledged', async () => {
    const directory = await newDirectory()
    const fileSystem: FileSystem = {
      ...realFileSystem,
      async open(path, flags, mode) {
        const handle = await realFileSystem.open(path, flags, mode)
        handle.datasync = async () => {
          throw Object.assign(new Error('i/o error'), { code: 'EIO' })
        }
        return handle
      },
    }
    const bucket = await directoryBucket(directory, { fileSystem })
    const content = pieces(seededBytes(mebibyte, 7), 64_000)
    await expect(bucket.write('blob', content)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await bucket.stat('blob')).toBeUndefined()
    const upload = await bucket.startMultipart('multi')
    const parts = [await upload.part(1, [text('part')])]
    await expect(upload.flush()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    // Trying again must not succeed: the kernel has forgotten the pages that it could not write.
    await expect(upload.flush()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(upload.complete(parts)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await upload.abort()
    await bucket.close()
  })

  test('20 streams at once, half of them destroyed in the middle, leave no descriptor open', async () => {
    const directory = await newDirectory()
    const bucket = await directoryBucket(directory)
    const contents = Array.from({ length: 20 }, (_, i) => seededBytes(2 * mebibyte + i, i))
    await Promise.all(contents.map((content, i) => bucket.write(`b/${i}`, pieces(content, 100_000))))
    const descriptors = async (): Promise<number> => (await readdir('/dev/fd')).length
    const before = await descriptors()
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        contents.map(async (content, i) => {
          const stream = await bucket.get(`b/${i}`)
          if (i % 4 === 0) expect(content.equals(await buffer(stream))).toBe(true)
          else if (i % 4 === 1) stream.destroy()
          else {
            for await (const chunk of stream) {
              expect((chunk as Buffer).byteLength).toBeGreaterThan(0)
              break
            }
          }
        }),
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await descriptors()).toBeLessThanOrEqual(before)
    await bucket.close()
  })
})
