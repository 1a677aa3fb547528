import { stat } from 'node:fs/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { chunked, tar, tempDir } from '@tsreg/testkit'
import { readArchive } from './archive.ts'

const limits = { maxSizeBytes: 1e12, maxEntries: 100, maxRatio: 200, freeBytes: 100_000 }
const zeros = tar([{ name: 'zeros', content: Buffer.alloc(50_000_000) }])

test.each([
  ['gzip', gzipSync(zeros)],
  ['zstd', zstdCompressSync(zeros)],
])('CVE-2025-32386 (Helm): an archive that is a %s bomb ends at the ratio', async (_name, bomb) => {
  await using directory = await tempDir()
  const file = directory.join('archive')
  await expect(readArchive(() => chunked(bomb, 1000), file, { limits })).rejects.toMatchObject({
    code: 'ARCHIVE_TOO_LARGE',
    message: expect.stringContaining('bytes out of each compressed byte; the limit is 200'),
  })
  expect((await stat(file)).size).toBeLessThan(bomb.byteLength * 200 + 1_000_000)
})

test('an archive of more bytes than the limit ends there', async () => {
  await using directory = await tempDir()
  const file = directory.join('archive')
  const small = { ...limits, maxSizeBytes: 1_000_000 }
  await expect(readArchive(() => chunked(zeros, 65_536), file, { limits: small })).rejects.toMatchObject({
    code: 'ARCHIVE_TOO_LARGE',
  })
  expect((await stat(file)).size).toBeLessThan(1_100_000)
})

test('an archive of more entries than the limit ends there', async () => {
  await using directory = await tempDir()
  const bytes = tar(Array.from({ length: 101 }, (_, at) => ({ name: `f${at}` })))
  const archive = await readArchive(() => chunked(bytes, 65_536), directory.join('archive'), { limits })
  const names: string[] = []
  const reading = async () => {
    for await (const { entry } of archive?.entries() ?? []) names.push(entry.name)
  }
  await expect(reading()).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE' })
  expect(names).toHaveLength(100)
})
