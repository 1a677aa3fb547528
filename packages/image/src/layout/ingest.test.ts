import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { type Descriptor, descriptorOf } from '@tsreg/oci'
import type { OpenContent } from '@tsreg/oci/content'
import { byteChunks, byteStream, cut, failing, stalling, tempDir } from '@tsreg/testkit'
import { tryFileLock } from '../files/file-lock.ts'
import type { Layout } from './layout.ts'
import { openLayout } from './open.ts'

const size = 5 * 1024 * 1024
const bytes = Buffer.concat([...byteChunks({ seed: 7, size })])
const blob: Descriptor = descriptorOf('application/octet-stream', bytes)

/** Serves the blob from any offset, and remembers the offsets asked for. */
function source() {
  const offsets: number[] = []
  const open: OpenContent = async ({ offset = 0 }) => {
    offsets.push(offset)
    return byteStream({ seed: 7, size, offset })
  }
  return { offsets, open }
}

async function withLayout(work: (layout: Layout) => Promise<void>): Promise<void> {
  await using directory = await tempDir()
  await work(await openLayout(directory.join('store')))
}

const partialOf = (layout: Layout) => `${layout.directory}/ingest/${blob.digest.replace(':', '-')}.partial`
const blobOf = (layout: Layout) => `${layout.directory}/blobs/sha256/${blob.digest.slice(7)}`
const ingested = (layout: Layout) => readdir(`${layout.directory}/ingest`)

async function breakOff(layout: Layout, afterBytes: number): Promise<void> {
  const open: OpenContent = async () => failing(byteStream({ seed: 7, size }), afterBytes)
  await expect(layout.push(blob, open)).rejects.toThrow('failed after')
}

test('a push that breaks keeps what arrived, and the next one goes on there', () =>
  withLayout(async (layout) => {
    await breakOff(layout, 3_000_000)
    expect((await stat(partialOf(layout))).size).toBe(3_000_000)
    expect(await layout.exists(blob)).toBe(false)
    const { open, offsets } = source()
    await layout.push(blob, open)
    expect(offsets).toEqual([3_000_000])
    expect((await readFile(blobOf(layout))).equals(bytes)).toBe(true)
    expect(await ingested(layout)).toEqual([])
  }))

test('a partial that another process left is taken up by this one', () =>
  withLayout(async (layout) => {
    await breakOff(layout, 1_000_000)
    const { open, offsets } = source()
    await (await openLayout(layout.directory)).push(blob, open)
    expect(offsets).toEqual([1_000_000])
  }))

test('a partial that is complete already needs nothing from the source', () =>
  withLayout(async (layout) => {
    await breakOff(layout, 1_000_000)
    await writeFile(partialOf(layout), bytes)
    const { open, offsets } = source()
    await layout.push(blob, open)
    expect(offsets).toEqual([])
    expect(await layout.exists(blob)).toBe(true)
  }))

test.each([
  ['with wrong bytes', async (path: string) => writeFile(path, Buffer.alloc(2_000_000)), [2_000_000, 0]],
  ['full of wrong bytes', async (path: string) => writeFile(path, Buffer.alloc(size)), [0]],
  ['longer than the blob', async (path: string) => truncate(path, size + 1), [0]],
  ['that is empty', async (path: string) => truncate(path, 0), [0]],
] as const)('a partial %s costs one more transfer and never an error', async (_what, damage, expected) =>
  withLayout(async (layout) => {
    await breakOff(layout, 1_000_000)
    await damage(partialOf(layout))
    const { open, offsets } = source()
    await layout.push(blob, open)
    expect(offsets).toEqual(expected)
    expect((await readFile(blobOf(layout))).equals(bytes)).toBe(true)
  }),
)

test('a source that ends too early keeps the partial', () =>
  withLayout(async (layout) => {
    const short: OpenContent = async () => cut(byteStream({ seed: 7, size }), 2_500_000)
    await expect(layout.push(blob, short)).rejects.toMatchObject({
      code: 'SIZE_INVALID',
      detail: { received: 2_500_000 },
    })
    expect((await stat(partialOf(layout))).size).toBe(2_500_000)
    const nothingMore: OpenContent = async () => cut(byteStream({ seed: 7, size }), 0)
    await expect(layout.push(blob, nothingMore)).rejects.toMatchObject({ code: 'SIZE_INVALID' })
    expect((await stat(partialOf(layout))).size).toBe(2_500_000)
  }))

test.each([
  ['lies about the content', async () => byteStream({ seed: 8, size }), 'DIGEST_INVALID'],
  ['never ends', async () => byteStream({ seed: 7, size: size * 1000 }), 'SIZE_INVALID'],
] as [string, OpenContent, string][])('a source that %s leaves nothing behind', async (_what, open, code) =>
  withLayout(async (layout) => {
    await expect(layout.push(blob, open)).rejects.toMatchObject({ code })
    expect(await ingested(layout)).toEqual([])
    expect(await layout.exists(blob)).toBe(false)
  }),
)

test('an abort ends a push whose source stalls, with the reason of the signal, and keeps the partial', () =>
  withLayout(async (layout) => {
    const abort = new AbortController()
    const open: OpenContent = async () => stalling(byteStream({ seed: 7, size }), 2_000_000)
    const pushed = layout.push(blob, open, { signal: abort.signal })
    setTimeout(() => abort.abort(new Error('enough')), 200)
    await expect(pushed).rejects.toThrow('enough')
    expect((await stat(partialOf(layout))).size).toBe(2_000_000)
  }))

test('while another process holds the partial, the blob is received into a file of its own', () =>
  withLayout(async (layout) => {
    await breakOff(layout, 1_000_000)
    const lock = await tryFileLock(partialOf(layout).replace('.partial', '.lock'))
    const { open, offsets } = source()
    await layout.push(blob, open)
    expect(offsets).toEqual([0])
    expect((await readFile(blobOf(layout))).equals(bytes)).toBe(true)
    expect((await stat(partialOf(layout))).size).toBe(1_000_000)
    lock?.releaseAndRemove()
  }))

test('five pushes of one blob at once open the source once', () =>
  withLayout(async (layout) => {
    const { open, offsets } = source()
    await Promise.all(Array.from({ length: 5 }, () => layout.push(blob, open)))
    expect(offsets).toEqual([0])
  }))

test('an unsupported digest algorithm is refused before the source is opened', () =>
  withLayout(async (layout) => {
    const { open, offsets } = source()
    const odd = { ...blob, digest: `blake3:${'0'.repeat(64)}` as Descriptor['digest'] }
    await expect(layout.push(odd, open)).rejects.toMatchObject({ code: 'DIGEST_INVALID' })
    expect(offsets).toEqual([])
  }))
