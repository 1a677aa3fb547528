import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { digestOf, mediaTypes } from '@tsreg/oci'
import { chunked, collect, collectItems, failing, tempDir } from '@tsreg/testkit'
import { openLayout } from '../../layout/open.ts'
import { readTarEntries } from '../tar/read.ts'
import { compareLayerPaths, type LayerEntry } from './entry.ts'
import { fileContent } from './file-content.ts'
import { writeLayer } from './write-layer.ts'

const owner = { uid: 0, gid: 0, mtime: 1_700_000_000.75 }
const fileOf = (path: string, text: string, more: object = {}): LayerEntry => ({
  ...owner,
  path,
  type: 'file',
  mode: 0o644,
  sizeBytes: Buffer.byteLength(text),
  content: () => [Buffer.from(text)],
  ...more,
})

const entries: readonly LayerEntry[] = [
  { ...owner, path: 'dev', type: 'directory', mode: 0o755 },
  { ...owner, path: 'dev/null', type: 'char', mode: 0o666, devMajor: 1, devMinor: 3 },
  { ...owner, path: 'dir', type: 'directory', mode: 0o1777, opaque: true },
  fileOf('dir/file', 'hello\n', { uid: 1000, gid: 3_000_000, mode: 0o4755 }),
  { ...owner, path: 'dir/name', type: 'hardlink', target: 'dir/file', uid: 1000, gid: 3_000_000, mode: 0o4755 },
  { ...owner, path: 'dir/pipe', type: 'fifo', mode: 0o600 },
  { path: 'dir-gone', type: 'whiteout' },
  { ...owner, path: 'link', type: 'symlink', mode: 0o777, target: '../../etc/passwd' },
  fileOf('ping', '', {
    xattrs: new Map([
      ['security.capability', Buffer.from([1, 0, 0, 2, 255])],
      ['user.note', Buffer.from('ä')],
      ['security.selinux', Buffer.from('label')],
      ['system.posix_acl_access', Buffer.from('acl')],
      ['trusted.overlay.origin', Buffer.from('mark')],
      ['user.overlay.opaque', Buffer.from('y')],
    ]),
  }),
]

/** The layer as it lies in a store of its own, and the tar in it. */
async function written(given: readonly LayerEntry[], options: Parameters<typeof writeLayer>[2] = {}) {
  await using directory = await tempDir()
  const layout = await openLayout(directory.path)
  const layer = await writeLayer(given, layout, options)
  if (layer === undefined) throw new Error('there is no layer')
  const bytes = await collect(await layout.fetch(layer.descriptor))
  return { layer, bytes, archive: gunzipSync(bytes) }
}

async function entriesOf(archive: Buffer) {
  const file = { size: archive.byteLength, read: async (at: number, n: number) => archive.subarray(at, at + n) }
  return (await collectItems(readTarEntries(file))).map(({ entry }) => entry)
}

describe('writeLayer', () => {
  test('descriptor, diff ID and size are those of what lies in the store', async () => {
    const { layer, bytes, archive } = await written(entries)
    expect(layer).toEqual({
      descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(bytes), size: bytes.byteLength },
      diffId: digestOf(archive),
      sizeBytes: archive.byteLength,
    })
  })

  test('each entry becomes one of the archive, marks of deletion included', async () => {
    const { archive } = await written(entries)
    expect(
      (await entriesOf(archive)).map(({ name, type, mode, size }) => [name, type, mode.toString(8), size]),
    ).toEqual([
      ['dev/', 'directory', '755', 0],
      ['dev/null', 'char', '666', 0],
      ['dir/', 'directory', '1777', 0],
      ['dir/.wh..wh..opq', 'file', '600', 0],
      ['dir/file', 'file', '4755', 6],
      ['dir/name', 'hardlink', '4755', 0],
      ['dir/pipe', 'fifo', '600', 0],
      ['.wh.dir-gone', 'file', '600', 0],
      ['link', 'symlink', '777', 0],
      ['ping', 'file', '644', 0],
    ])
  })

  test('owners, link targets and device numbers are written, names of owners are not, times are whole seconds', async () => {
    const { archive } = await written(entries)
    const read = new Map((await entriesOf(archive)).map((entry) => [entry.name, entry]))
    // Whoever gives a file what the last of its names says gives it the same.
    expect(read.get('dir/name')).toMatchObject({ uid: 1000, gid: 3_000_000, linkName: 'dir/file' })
    expect(read.get('dir/file')).toMatchObject({
      uid: 1000,
      gid: 3_000_000,
      uname: '',
      gname: '',
      mtime: 1_700_000_000,
    })
    expect(read.get('dir/name')?.linkName).toBe('dir/file')
    expect(read.get('link')?.linkName).toBe('../../etc/passwd')
    expect(read.get('dev/null')).toMatchObject({ devMajor: 1, devMinor: 3 })
  })

  test('of the extended attributes only capabilities and those of users are written', async () => {
    const { archive } = await written(entries)
    const ping = (await entriesOf(archive)).find(({ name }) => name === 'ping')
    expect([...(ping?.pax ?? [])]).toEqual([
      ['SCHILY.xattr.security.capability', '\u0001\u0000\u0000\u0002\u00ff'],
      ['SCHILY.xattr.user.note', Buffer.from('ä').toString('latin1')],
    ])
  })

  test('later times are clamped, earlier ones stay', async () => {
    const { archive } = await written([fileOf('a', '1', { mtime: 99.5 }), fileOf('b', '2', { mtime: 101 })], {
      latestTime: 100,
    })
    expect((await entriesOf(archive)).map(({ mtime }) => mtime)).toEqual([99, 100])
  })

  test('GNU tar lists it', async () => {
    const { archive } = await written(entries)
    const listed = execFileSync('tar', ['-tf', '-'], { input: archive }).toString().trim().split('\n')
    expect(listed).toHaveLength(entries.length + 1)
  })

  test('no entries give no layer, and nothing in the store', async () => {
    await using directory = await tempDir()
    const layout = await openLayout(directory.path)
    expect(await writeLayer([], layout)).toBeUndefined()
    expect(await readdir(directory.join('blobs/sha256'))).toEqual([])
  })

  test('a file whose name begins with .wh. is refused', async () => {
    await expect(written([fileOf('dir/.wh.file', 'x')])).rejects.toMatchObject({
      code: 'NAME_RESERVED',
      message: expect.stringContaining('/dir/.wh.file cannot be in a layer'),
    })
    await expect(written([fileOf('.wh.dir/file', 'x')])).rejects.toMatchObject({ code: 'NAME_RESERVED' })
  })

  test.each(['../up', '/absolute', 'a//b', 'a/./b', 'a/', ''])('the path %j is refused', async (path) => {
    await expect(written([fileOf(path, 'x')])).rejects.toThrow('expected names with slashes between them')
  })

  test('entries out of order are refused, and the same path twice', async () => {
    await expect(written([fileOf('b', ''), fileOf('a', '')])).rejects.toThrow(
      'layer entries out of order: "a" after "b"',
    )
    await expect(written([fileOf('a', ''), fileOf('a', '')])).rejects.toThrow('out of order')
  })

  test.each([
    ['less', 'xx', 'it had 3 bytes, and then 2'],
    ['more', 'xxxx', 'it had 3 bytes, and then more'],
  ])('content of %s bytes than it was said to have is refused, and leaves nothing', async (_what, text, message) => {
    await using directory = await tempDir()
    const layout = await openLayout(directory.path)
    const entry = fileOf('file', 'xxx', { content: () => [Buffer.from(text)] })
    await expect(writeLayer([entry], layout)).rejects.toMatchObject({
      code: 'FILE_CHANGED',
      message: expect.stringContaining(message),
    })
    expect(await readdir(directory.join('ingest'))).toEqual([])
  })

  test('content that breaks is thrown, and leaves nothing', async () => {
    await using directory = await tempDir()
    const layout = await openLayout(directory.path)
    const entry = fileOf('file', '', {
      sizeBytes: 4_000_000,
      content: () => failing(chunked(Buffer.alloc(4_000_000), 100_000), 2_000_000),
    })
    await expect(writeLayer([entry], layout)).rejects.toThrow('failed after')
    expect(await readdir(directory.join('ingest'))).toEqual([])
  })

  test('an aborted one leaves nothing', async () => {
    await using directory = await tempDir()
    const layout = await openLayout(directory.path)
    const controller = new AbortController()
    const content = function* () {
      for (let at = 0; at < 100; at++) {
        if (at === 50) controller.abort(new Error('enough'))
        yield Buffer.alloc(100_000)
      }
    }
    const entry = fileOf('file', '', { sizeBytes: 10_000_000, content })
    await expect(writeLayer([entry], layout, { signal: controller.signal })).rejects.toThrow('enough')
    expect(await readdir(directory.join('ingest'))).toEqual([])
  })
})

describe('fileContent', () => {
  test('gives the bytes of a file, and refuses one that has grown or is a link', async () => {
    await using directory = await tempDir()
    const path = directory.join('file')
    writeFileSync(path, 'hello')
    expect(Buffer.concat([...fileContent(path, 5)]).toString()).toBe('hello')
    expect(() => [...fileContent(path, 4)]).toThrow('it had 4 bytes, and then more')
    execFileSync('ln', ['-s', 'file', directory.join('link')])
    expect(() => [...fileContent(directory.join('link'), 5)]).toThrow('ELOOP')
  })
})

describe('compareLayerPaths', () => {
  test('a directory comes right before what is in it, and names go by their bytes', () => {
    const sorted = ['A', 'a', 'a/b', 'a/b/c', 'a/b-c', 'a-b', 'a.b', 'ab', '\uffee', '\u{1f600}']
    expect(sorted.toReversed().sort(compareLayerPaths)).toEqual(sorted)
  })
})
