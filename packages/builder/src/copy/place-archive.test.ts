import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openLayout } from '@tsreg/image'
import { type LayerEntry, writeLayer } from '@tsreg/image/layer'
import { collect, type TarEntry, type TempDir, tar, tempDir } from '@tsreg/testkit'
import { LayerDraft } from '../rootfs/layer-draft.ts'
import { type MemoryFile, memoryTree } from '../testing/memory-tree.ts'
import { readArchive } from './archive.ts'
import { destinationOf } from './destination.ts'
import { placeArchive } from './place-archive.ts'

let directory: TempDir
beforeEach(async () => {
  directory = await tempDir()
})
afterEach(async () => directory[Symbol.asyncDispose]())

async function unpacked(
  entries: readonly TarEntry[],
  image: Readonly<Record<string, MemoryFile>> = {},
  to = '/t',
): Promise<readonly LayerEntry[]> {
  const archive = await readArchive(() => chunks(tar(entries)), directory.join('archive'))
  if (archive === undefined) throw new Error('it is no archive')
  const draft = new LayerDraft(memoryTree(image))
  await placeArchive(draft, archive, { destination: destinationOf(to, undefined), time: 9 })
  return draft.entries()
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const paths = (entries: readonly LayerEntry[]) => entries.map(({ path }) => path)

describe('what an archive is', () => {
  const bytes = tar([{ name: 'a', content: 'text' }])

  test.each([
    ['plain', bytes],
    ['gzip', gzipSync(bytes)],
    ['zstd', zstdCompressSync(bytes)],
  ])('a tar archive, %s, whatever it is called', async (_name, content) => {
    const archive = await readArchive(() => chunks(content), directory.join('archive'))
    const entries = []
    for await (const placed of archive?.entries() ?? []) {
      entries.push([placed.entry.name, String(await collect(archive?.content(placed) ?? chunks(bytes)))])
    }
    expect(entries).toEqual([['a', 'text']])
  })

  test.each([
    ['text', Buffer.from('text')],
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(1024)],
    ['compressed text', gzipSync('text')],
    ['damaged gzip', Buffer.from([0x1f, 0x8b, 1, 2, 3, 4, 5, 6])],
    ['a header with a wrong checksum', tar([{ name: 'a', claimedChecksum: 1 }])],
  ])('%s is none, and is copied', async (_name, content) => {
    expect(await readArchive(() => chunks(content), directory.join('archive'))).toBeUndefined()
  })

  test('one that ends early is an error', async () => {
    const short = bytes.subarray(0, 514)
    const archive = await readArchive(() => chunks(short), directory.join('archive'))
    const read = async () => {
      for await (const _ of archive?.entries() ?? []);
    }
    await expect(read()).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' })
  })
})

describe('ADD of an archive', () => {
  test('keeps owners, modes, times and links', async () => {
    const entries = await unpacked([
      { name: './', type: 'directory', mode: 0o700 },
      { name: 'd/', type: 'directory', mode: 0o750, uid: 1, gid: 2, mtime: 77 },
      { name: 'd/f', content: 'x', mode: 0o4755, uid: 3, gid: 4, pax: { 'SCHILY.xattr.user.a': 'b' } },
      { name: 'd/g', type: 'hardlink', linkName: 'd/f' },
      { name: 'l', type: 'symlink', linkName: 'd/f' },
      { name: 'p', type: 'fifo' },
      { name: 'n', type: 'char', devMajor: 1, devMinor: 3 },
    ])
    expect(entries).toMatchObject([
      { path: 't', type: 'directory', mode: 0o755, mtime: 9 },
      { path: 't/d', type: 'directory', mode: 0o750, uid: 1, gid: 2, mtime: 77 },
      { path: 't/d/f', type: 'file', mode: 0o4755, uid: 3, gid: 4, xattrs: new Map([['user.a', Buffer.from('b')]]) },
      { path: 't/d/g', type: 'hardlink', target: 't/d/f' },
      { path: 't/l', type: 'symlink', target: 'd/f' },
      { path: 't/n', type: 'char', devMajor: 1, devMinor: 3 },
      { path: 't/p', type: 'fifo' },
    ])
  })

  test('the last of two entries of one name counts', async () => {
    const [, entry] = await unpacked([
      { name: 'a', content: 'one' },
      { name: 'a', content: 'three' },
    ])
    expect(entry).toMatchObject({ path: 't/a', sizeBytes: 5 })
  })
})

describe('a hostile archive', () => {
  // CVE-2001-1267, "zip slip" (CVE-2018-1002200): names with dots.
  test.each(['../escape', 'a/../../escape', '/../escape'])('the name %s is refused', async (name) => {
    await expect(unpacked([{ name, content: 'x' }])).rejects.toMatchObject({ code: 'ARCHIVE_ESCAPE' })
  })

  test('an absolute name is taken below the destination', async () => {
    expect(paths(await unpacked([{ name: '/etc/passwd', content: 'x' }]))).toEqual(['t', 't/etc', 't/etc/passwd'])
  })

  // CVE-2021-32803, CVE-2021-37701: a link of the archive, and then an entry through it.
  test.each(['/etc', '../../../../etc', '../etc'])(
    'an entry through a link to %s stays in the destination',
    async (linkName) => {
      const entries = await unpacked(
        [
          { name: 'l', type: 'symlink', linkName },
          { name: 'l/passwd', content: 'x' },
        ],
        { 'etc/passwd': 'root' },
      )
      expect(paths(entries)).toEqual(['t', 't/etc', 't/etc/passwd', 't/l'])
    },
  )

  test('a link of the image in the destination leads nowhere else', async () => {
    const entries = await unpacked([{ name: 'l/passwd', content: 'x' }], { 't/l': '-> /etc', 'etc/passwd': 'root' })
    expect(paths(entries)).toEqual(['t', 't/etc', 't/etc/passwd'])
  })

  // CVE-2025-45582: through two links, each harmless alone.
  test('neither does a chain of links', async () => {
    const entries = await unpacked([
      { name: 'a', type: 'symlink', linkName: '.' },
      { name: 'b', type: 'symlink', linkName: 'a/..' },
      { name: 'b/escape', content: 'x' },
    ])
    expect(paths(entries)).toEqual(['t', 't/a', 't/b', 't/escape'])
  })

  test.each(['../../etc/passwd', 'not/there', 'dir'])('a hard link to %s is refused', async (linkName) => {
    const entries: readonly TarEntry[] = [
      { name: 'dir/', type: 'directory' },
      { name: 'h', type: 'hardlink', linkName },
    ]
    const code = linkName.startsWith('..') ? 'ARCHIVE_ESCAPE' : 'ARCHIVE_INVALID'
    await expect(unpacked(entries, { 'etc/passwd': 'root' })).rejects.toMatchObject({ code })
  })

  test('a name that would mark a deletion gets into no layer', async () => {
    const entries = await unpacked([{ name: '.wh.etc', content: '' }])
    const layout = await openLayout(directory.join('layout'))
    await expect(writeLayer(entries, layout)).rejects.toMatchObject({ code: 'NAME_RESERVED' })
  })
})
