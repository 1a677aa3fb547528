import { constants, type FileHandle, open } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { alignedBuffer, isAligned, pageBytes } from '@tsreg/oci/content'
import { randomBytes, seeded } from '@tsreg/testkit'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { dataFiles } from './data-files.ts'
import { realFileSystem } from './file-system.ts'
import { newStatistics } from './statistics.ts'

const random = seeded(11)
const newDirectory = temporaryDirectories()

/** A write that was tried: past the cache or not, how much was asked and taken. */
interface Written {
  readonly direct: boolean
  readonly asked: number
  readonly taken: number
}

/** The real file system, observed; `limit` is what one direct write takes, 0 that it is refused. */
function observedFileSystem(limit = Number.POSITIVE_INFINITY) {
  const writes: Written[] = []
  const observe = (handle: FileHandle, direct: boolean): FileHandle =>
    new Proxy(handle, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (name !== 'writev') return typeof value === 'function' ? value.bind(target) : value
        return async (buffers: Uint8Array[], position: number) => {
          const asked = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)
          if (direct && limit === 0) {
            writes.push({ direct, asked, taken: 0 })
            throw Object.assign(new Error('EINVAL'), { code: 'EINVAL' })
          }
          const some = direct && limit < asked ? [Buffer.concat(buffers).subarray(0, limit)] : buffers
          // Not every file system that tests run on takes direct writes: this one is asked, the real one is not.
          const { bytesWritten } = await target.writev(some, position)
          writes.push({ direct, asked, taken: bytesWritten })
          return { bytesWritten, buffers }
        }
      },
    })
  const opened: FileHandle[] = []
  const fileSystem: typeof realFileSystem = {
    ...realFileSystem,
    open: async (path, flags, mode) => {
      const direct = typeof flags === 'number' && (flags & constants.O_DIRECT) !== 0
      const handle = await open(path, direct ? 'r+' : flags, mode)
      if (direct) opened.push(handle)
      return observe(handle, direct)
    },
  }
  return { fileSystem, writes, opened }
}

/** Writes the content to a new data file at the offset, and reads the file back. */
async function written(content: readonly Uint8Array[], offset: number, limit?: number) {
  const { fileSystem, writes } = observedFileSystem(limit)
  const statistics = newStatistics()
  const files = dataFiles({ directory: await newDirectory(), fileSystem, statistics })
  const file = await files.openForWriting(files.newName())
  await file.write(content, offset)
  await file.write(content, offset)
  const size = content.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; ) at += await file.read(bytes.subarray(at), offset + at)
  await file.close()
  expect(bytes.equals(Buffer.concat(content))).toBe(true)
  expect(statistics.dataBytesWritten).toBe(2 * size)
  return writes
}

function page(size: number): Buffer {
  const buffer = alignedBuffer(size)
  buffer.set(randomBytes(random, size))
  return buffer
}

const mebibyte = 1024 * 1024

describe('direct writes', () => {
  test('take aligned content past the cache, and the odd end the ordinary way', async () => {
    const writes = await written([page(mebibyte), page(64 * 1024), page(1000)], 2 * mebibyte)
    const once = [
      { direct: true, asked: mebibyte + 65536, taken: mebibyte + 65536 },
      { direct: false, asked: 1000, taken: 1000 },
    ]
    expect(writes).toEqual([...once, ...once])
  })

  test('that are short are gone on with the ordinary way', async () => {
    const writes = await written([page(2 * mebibyte)], 0, 10_000)
    const once = [
      { direct: true, asked: 2 * mebibyte, taken: 10_000 },
      { direct: false, asked: 2 * mebibyte - 10_000, taken: 2 * mebibyte - 10_000 },
    ]
    expect(writes).toEqual([...once, ...once])
  })

  test('of several parts at one time share a descriptor, which closing the file closes', async () => {
    const { fileSystem, writes, opened } = observedFileSystem()
    const files = dataFiles({ directory: await newDirectory(), fileSystem, statistics: newStatistics() })
    const file = await files.openForWriting(files.newName())
    const parts = [page(mebibyte), page(mebibyte), page(mebibyte)]
    await Promise.all(parts.map((part, index) => file.write([part], index * mebibyte)))
    await file.close()
    // A closed handle has no descriptor.
    const descriptors = opened.map(({ fd }) => fd)
    // One that was left open would end the process when it is collected, before this test could tell.
    await Promise.all(opened.map((handle) => handle.close()))
    expect(writes.map(({ direct }) => direct)).toEqual([true, true, true])
    expect(descriptors).toEqual([-1])
  })

  test('that cannot open the file a second time fail once, and are tried again', async () => {
    const { fileSystem, writes } = observedFileSystem()
    let isFull = true
    const short: typeof realFileSystem = {
      ...fileSystem,
      open: async (path, flags, mode) => {
        if (isFull && typeof flags === 'number') throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' })
        return await fileSystem.open(path, flags, mode)
      },
    }
    const files = dataFiles({ directory: await newDirectory(), fileSystem: short, statistics: newStatistics() })
    const file = await files.openForWriting(files.newName())
    await expect(file.write([page(mebibyte)], 0)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    isFull = false
    await file.write([page(mebibyte)], 0)
    await file.close()
    expect(writes).toEqual([{ direct: true, asked: mebibyte, taken: mebibyte }])
  })

  test('of a full disk are STORAGE_FULL, and tried again when there is room', async () => {
    const { fileSystem, writes } = observedFileSystem()
    let isFull = true
    const full: typeof realFileSystem = {
      ...fileSystem,
      open: async (path, flags, mode) => {
        const handle = await fileSystem.open(path, flags, mode)
        if (typeof flags !== 'number') return handle
        const refused = async () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }))
        return new Proxy(handle, {
          get: (target, name) => (isFull && name === 'writev' ? refused : Reflect.get(target, name)),
        })
      },
    }
    const files = dataFiles({ directory: await newDirectory(), fileSystem: full, statistics: newStatistics() })
    const file = await files.openForWriting(files.newName())
    await expect(file.write([page(mebibyte)], 0)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    isFull = false
    await file.write([page(mebibyte)], 0)
    await file.close()
    expect(writes).toEqual([{ direct: true, asked: mebibyte, taken: mebibyte }])
  })

  test('are not tried again where the file system refuses them', async () => {
    const writes = await written([page(2 * mebibyte)], 0, 0)
    const refused = { direct: true, asked: 2 * mebibyte, taken: 0 }
    const once = { direct: false, asked: 2 * mebibyte, taken: 2 * mebibyte }
    expect(writes).toEqual([refused, once, once])
  })

  test.each([
    ['small content', () => [page(512 * 1024)], 0],
    ['content in unaligned memory', () => [page(2 * mebibyte + pageBytes).subarray(16, 2 * mebibyte + 16)], 0],
    ['a place in the middle of a page', () => [page(2 * mebibyte)], 100],
  ])('are not made of %s', async (_title, content, offset) => {
    const writes = await written(content(), offset)
    expect(writes.map(({ direct }) => direct)).toEqual([false, false])
  })
})

describe('an aligned buffer', () => {
  test.each([1, 4096, 65_536, 262_144])('of %s bytes begins at a page', (size) => {
    const buffer = alignedBuffer(size)
    expect(buffer.byteLength).toBe(size)
    expect(isAligned(buffer)).toBe(size % pageBytes === 0)
    expect(isAligned(buffer.subarray(16))).toBe(false)
  })
})
