import { open, readFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { byteChunks, tempDir } from '@tsreg/testkit'
import { BatchWriter } from './batch-writer.ts'

test.each([1, 1000, 65_536, 3_000_000])(
  'chunks of %i bytes are written in their order from a position',
  async (chunkBytes) => {
    await using directory = await tempDir()
    const path = directory.join('file')
    const size = chunkBytes === 1 ? 5000 : 5_000_000
    await using handle = await open(path, 'wx+')
    const writer = new BatchWriter(handle, path, 10)
    for (const chunk of byteChunks({ seed: 1, size, chunkBytes })) await writer.write(chunk)
    await writer.flush()
    const expected = Buffer.concat([Buffer.alloc(10), ...byteChunks({ seed: 1, size })])
    expect((await readFile(path)).equals(expected)).toBe(true)
  },
)

test('a write that the system does in parts is gone on with', async () => {
  await using directory = await tempDir()
  const path = directory.join('file')
  await using handle = await open(path, 'wx+')
  const partly = {
    write: async (bytes: Uint8Array, at: number, length: number, position: number) =>
      handle.write(bytes, at, Math.min(length, 7), position),
  }
  const writer = new BatchWriter(partly as unknown as typeof handle, path, 0)
  const content = Buffer.concat([...byteChunks({ seed: 2, size: 1000 })])
  await writer.write(content)
  await writer.flush()
  expect((await readFile(path)).equals(content)).toBe(true)
})

test('chunks may be overwritten as soon as they were taken', async () => {
  await using directory = await tempDir()
  const path = directory.join('file')
  await using handle = await open(path, 'wx+')
  const writer = new BatchWriter(handle, path, 0)
  const chunk = Buffer.alloc(100_000)
  for (let round = 0; round < 50; round++) await writer.write(chunk.fill(round))
  await writer.flush()
  const written = await readFile(path)
  expect(written.byteLength).toBe(5_000_000)
  for (let round = 0; round < 50; round++) expect(written[round * 100_000 + 99_999]).toBe(round)
})

test('what one writer holds is not what another one writes', async () => {
  await using directory = await tempDir()
  const files = ['a', 'b', 'c'].map((name) => directory.join(name))
  await Promise.all(
    files.map(async (path, index) => {
      await using handle = await open(path, 'wx+')
      const writer = new BatchWriter(handle, path, index * 1000)
      for (const chunk of byteChunks({ seed: index, size: 4_000_000, chunkBytes: 70_000 })) await writer.write(chunk)
      await writer.flush()
    }),
  )
  for (const [index, path] of files.entries()) {
    const expected = Buffer.concat([...byteChunks({ seed: index, size: 4_000_000 })])
    expect((await readFile(path)).subarray(index * 1000).equals(expected)).toBe(true)
  }
})

test('a full disk is STORAGE_FULL, thrown by the next call and never unhandled', async () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
  const handle = { write: async () => Promise.reject(full) }
  const writer = new BatchWriter(handle as unknown as Awaited<ReturnType<typeof open>>, 'the file', 0)
  await writer.write(Buffer.alloc(2_000_000))
  await new Promise((resolve) => setImmediate(resolve))
  await expect(writer.flush()).rejects.toMatchObject({
    code: 'STORAGE_FULL',
    detail: { path: 'the file' },
    cause: full,
  })
})
