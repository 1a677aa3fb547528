import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { pieces, readAll, seededBytes, text } from '../../testing/bucket-fixtures.ts'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import type { MultipartUpload, Part } from '../bucket.ts'
import { type DirectoryBucket, directoryBucket } from './directory.ts'

const newDirectory = temporaryDirectories()
const partSize = 128 * 1024
const content = seededBytes(3 * partSize + 4321, 1)

const reopen = (directory: string): Promise<DirectoryBucket> =>
  directoryBucket(directory, { partSize, sweepAtOpen: false })

function write(upload: MultipartUpload, number: number, bytes = content): Promise<Part> {
  return upload.part(number, [bytes.subarray((number - 1) * partSize, number * partSize)])
}

async function dataFileCount(directory: string): Promise<number> {
  const entries = await readdir(join(directory, 'd'), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).length
}

describe('a multipart upload after a restart', () => {
  test('goes on by its id, and the parts of before are checked at complete', async () => {
    const directory = await newDirectory()
    const first = await reopen(directory)
    const { id } = await first.startMultipart('key')
    const parts: Part[] = []
    for (const number of [1, 2]) parts.push(await write(first.openMultipart('key', id), number))
    await first.openMultipart('key', id).flush()
    await first.close()

    const second = await reopen(directory)
    expect(await second.sweep()).toBe(0)
    const upload = second.openMultipart('key', id)
    for (const number of [3, 4]) parts.push(await write(upload, number))
    await upload.complete(parts)
    expect(content.equals(await readAll(second, 'key'))).toBe(true)
    await second.close()

    const third = await reopen(directory)
    expect(content.equals(await readAll(third, 'key'))).toBe(true)
    await third.close()
  })

  test('a part that was overwritten before the restart by other bytes fails with its earlier ETag', async () => {
    const directory = await newDirectory()
    const first = await reopen(directory)
    const upload = await first.startMultipart('key')
    const parts = [await write(upload, 1), await write(upload, 2)]
    const other = await write(upload, 1, seededBytes(partSize, 2))
    await upload.flush()
    await first.close()

    const second = await reopen(directory)
    const again = second.openMultipart('key', upload.id)
    await expect(again.complete(parts)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
    await again.complete([other, ...parts.slice(1)])
    const expected = Buffer.concat([seededBytes(partSize, 2), content.subarray(partSize, 2 * partSize)])
    expect(expected.equals(await readAll(second, 'key'))).toBe(true)
    await second.close()
  })

  test('parts that are not in the file, or shorter in it, fail with PRECONDITION_FAILED', async () => {
    const directory = await newDirectory()
    const first = await reopen(directory)
    const [one, two] = [await first.startMultipart('key'), await first.startMultipart('key')]
    const parts = [await write(one, 1), await write(one, 2)]
    await write(two, 1)
    await first.close()
    const second = await reopen(directory)
    const wrong = second.openMultipart('key', two.id)
    await expect(wrong.complete(parts)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
    await second.close()
  })

  test('can be aborted, which takes its file away', async () => {
    const directory = await newDirectory()
    const first = await reopen(directory)
    const upload = await first.startMultipart('key')
    await write(upload, 1)
    await first.close()
    const second = await reopen(directory)
    expect(await dataFileCount(directory)).toBe(1)
    await second.openMultipart('key', upload.id).abort()
    expect(await dataFileCount(directory)).toBe(0)
    await expect(write(second.openMultipart('key', upload.id), 2)).rejects.toMatchObject({
      code: 'BLOB_UPLOAD_UNKNOWN',
    })
    await second.close()
  })

  test('belongs to its key: another key with the id is BLOB_UPLOAD_UNKNOWN', async () => {
    const directory = await newDirectory()
    const bucket = await reopen(directory)
    const upload = await bucket.startMultipart('key')
    const other = bucket.openMultipart('other', upload.id)
    await expect(write(other, 1)).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' })
    await other.abort()
    await write(upload, 1)
    await bucket.close()
  })
})

describe('the sweep', () => {
  const old = new Date(Date.now() - 60_000)

  async function orphan(directory: string, name: string): Promise<string> {
    const path = join(directory, 'd', name)
    await writeFile(path, 'left by a crash')
    await utimes(path, old, old)
    return path
  }

  test('removes only files that nothing needs: not of objects, open uploads or running writes, nor young or foreign ones', async () => {
    const directory = await newDirectory()
    const first = await reopen(directory)
    await first.write('object', pieces(seededBytes(200_000, 3), 50_000))
    const upload = await first.startMultipart('upload')
    const parts = [await write(upload, 1)]
    await first.close()
    const [prefix = ''] = await readdir(join(directory, 'd'))
    for (const entry of await readdir(join(directory, 'd'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), old, old)
    }
    await orphan(directory, `${prefix}/${'0'.repeat(30)}`)
    await orphan(directory, `${prefix}/notes.txt`)

    const second = await reopen(directory)
    const young = join(directory, 'd', prefix, '1'.repeat(30))
    await writeFile(young, 'being written by somebody')
    const future = new Date(Date.now() + 60_000)
    await utimes(young, future, future)
    const before = await dataFileCount(directory)
    let swept = -1
    async function* running(): AsyncGenerator<Uint8Array> {
      yield* pieces(seededBytes(2_500_000, 4), 500_000)
      for (const entry of await readdir(join(directory, 'd'), { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name)
        if (entry.isFile() && path !== young) await utimes(path, old, old)
      }
      swept = await second.sweep()
      yield seededBytes(100, 5)
    }
    await second.write('running', running())
    expect(swept).toBe(1)
    expect(second.stats().orphansRemoved).toBe(1)
    expect(await dataFileCount(directory)).toBe(before)
    expect((await readAll(second, 'running')).byteLength).toBe(2_500_100)
    expect((await readAll(second, 'object')).byteLength).toBe(200_000)
    await second.openMultipart('upload', upload.id).complete(parts)
    await second.close()
  })

  test('aborts uploads that nobody has written to for a week, and no others', async () => {
    const directory = await newDirectory()
    const first = await reopen(directory)
    const [stale, written] = [await first.startMultipart('stale'), await first.startMultipart('written')]
    const parts = [await write(stale, 1), await write(written, 1)]
    await first.close()
    const week = 7 * 24 * 60 * 60_000
    for (const [upload, at] of [
      [stale, Date.now()],
      [written, Date.now() + week],
    ] as const) {
      const path = join(directory, 'd', upload.id.slice(0, 2), upload.id.slice(2))
      await utimes(path, new Date(at), new Date(at))
    }
    const second = await directoryBucket(directory, {
      partSize,
      sweepAtOpen: false,
      now: () => Date.now() + week + 60_000,
    })
    await second.sweep()
    const again = second.openMultipart('stale', stale.id)
    await expect(again.complete(parts.slice(0, 1))).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' })
    await second.openMultipart('written', written.id).complete(parts.slice(1))
    expect(await dataFileCount(directory)).toBe(1)
    await second.close()
  })

  test('runs by itself when the bucket is opened', async () => {
    const directory = await newDirectory()
    const first = await reopen(directory)
    await first.write('object', pieces(seededBytes(200_000, 6), 50_000))
    await first.close()
    const [prefix = ''] = await readdir(join(directory, 'd'))
    await orphan(directory, `${prefix}/${'0'.repeat(30)}`)
    const second = await directoryBucket(directory)
    while (second.stats().orphansRemoved === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await dataFileCount(directory)).toBe(1)
    expect(await second.put('k', text('v'))).toMatchObject({ ok: true })
    await second.close()
  })
})
