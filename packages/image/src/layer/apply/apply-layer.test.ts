import { randomBytes } from 'node:crypto'
import { mkdtempSync, type ReadStream, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { chunked, failing, type TarEntry, tar } from '@tsreg/testkit'
import { openFileRange } from '../../files/read.ts'
import { applyLayer } from './apply-layer.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'apply-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Owned by whoever runs the tests: nothing here needs root. */
function layer(entries: readonly TarEntry[]): Buffer {
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  return tar(entries.map((entry) => ({ ...owner, ...entry })))
}

const sample: readonly TarEntry[] = [
  { name: 'dir/', type: 'directory', mode: 0o750, mtime: 1_600_000_000 },
  { name: 'dir/file', content: 'hello', mode: 0o640, mtime: 1_700_000_000 },
  { name: 'dir/link', type: 'symlink', linkName: 'file' },
  { name: 'hard', type: 'hardlink', linkName: 'dir/file' },
]

describe('applyLayer', () => {
  test.each([
    ['nothing', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
  ])('a layer compressed by %s is unpacked, and its diff ID is that of the tar', async (_name, compress) => {
    const bytes = layer(sample)
    const packed = compress(bytes)
    let taken = 0
    const applied = await applyLayer(chunked(packed, 1000), directory, {
      whiteouts: 'overlay',
      onBytes: (count) => {
        taken += count
      },
    })
    expect(applied).toEqual({
      diffId: digestOf(bytes),
      sizeBytes: bytes.byteLength,
      entries: 4,
      implied: 0,
      namesRoot: false,
      skipped: 0,
    })
    expect(taken).toBe(packed.byteLength)
    expect(readFileSync(join(directory, 'hard'), 'utf8')).toBe('hello')
    expect(readlinkSync(join(directory, 'dir/link'))).toBe('file')
    const [dir, file] = [statSync(join(directory, 'dir')), statSync(join(directory, 'dir/file'))]
    expect([dir.mode & 0o7777, dir.mtimeMs, file.mode & 0o7777, file.mtimeMs, file.nlink]).toEqual([
      0o750, 1_600_000_000_000, 0o640, 1_700_000_000_000, 2,
    ])
  })

  test('a layer in a file is read by the thread alone, also when its name is gone', async () => {
    const bytes = layer([...sample, { name: 'large', content: Buffer.alloc(3_000_000, 'content') }])
    const packed = gzipSync(bytes, { level: 0 })
    const path = `${directory}.stored`
    writeFileSync(path, packed)
    const content = (await openFileRange(path, {})) as ReadStream
    rmSync(path)
    let taken = 0
    const { diffId } = await applyLayer(content, directory, {
      whiteouts: 'overlay',
      onBytes: (count) => {
        taken += count
      },
    })
    expect(diffId).toBe(digestOf(bytes))
    expect([taken, content.bytesRead, content.destroyed]).toEqual([packed.byteLength, 0, true])
    expect(statSync(join(directory, 'large')).size).toBe(3_000_000)
  })

  test('what is read of a file from its middle on is taken as it comes', async () => {
    const path = `${directory}.stored`
    writeFileSync(path, Buffer.concat([Buffer.from('in front'), layer(sample)]))
    try {
      const content = await openFileRange(path, { offset: 8 })
      const applied = await applyLayer(content as ReadStream, directory, { whiteouts: 'overlay' })
      expect(applied.entries).toBe(4)
    } finally {
      rmSync(path)
    }
  })

  test('the failure of the content is thrown, and nothing is written afterwards', async () => {
    const bytes = layer([{ name: 'large', content: Buffer.alloc(3_000_000) }])
    const content = failing(chunked(bytes, 65_536), 1_000_000)
    await expect(applyLayer(content, directory, { whiteouts: 'overlay' })).rejects.toThrow('failed after')
  })

  test('an abort ends it with the reason of the signal, also when the content never comes', async () => {
    const controller = new AbortController()
    const content = (async function* () {
      yield layer(sample).subarray(0, 512)
      controller.abort(new Error('enough'))
      await new Promise(() => {})
    })()
    const applied = applyLayer(content, directory, { whiteouts: 'overlay', signal: controller.signal })
    await expect(applied).rejects.toThrow('enough')
  })

  test('content that is not compressed stays the one of the caller, chunk by chunk', async () => {
    const bytes = layer([{ name: 'large', content: Buffer.alloc(3_000_000, 'large') }])
    const chunks = Array.from({ length: Math.ceil(bytes.byteLength / 500_000) }, (_, at) =>
      Uint8Array.from(bytes.subarray(at * 500_000, (at + 1) * 500_000)),
    )
    const content = (async function* () {
      yield* chunks
    })()
    await applyLayer(content, directory, { whiteouts: 'overlay' })
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
  })

  test('a layer of which the compressed data is damaged is LAYER_INVALID', async () => {
    const packed = gzipSync(layer([{ name: 'noise', content: randomBytes(300_000) }]))
    packed.fill(0xff, 150_000, 150_100)
    await expect(applyLayer(chunked(packed, 10_000), directory, { whiteouts: 'overlay' })).rejects.toMatchObject({
      code: 'LAYER_INVALID',
      message: expect.stringContaining('the gzip data is damaged'),
    })
  })

  test('a layer that ends too early is LAYER_INVALID', async () => {
    const bytes = layer([{ name: 'large', content: Buffer.alloc(3000) }]).subarray(0, 2000)
    await expect(applyLayer(chunked(bytes, 700), directory, { whiteouts: 'overlay' })).rejects.toMatchObject({
      code: 'LAYER_INVALID',
      message: expect.stringContaining('ends before the content of "large"'),
    })
  })
})
