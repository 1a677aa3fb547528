import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { collectItems, tar, type TarEntry as WrittenEntry } from '@tsreg/testkit'
import type { ByteFile } from '../../files/byte-file.ts'
import { decodePax } from './pax.ts'
import { type PlacedEntry, readTarEntries } from './read.ts'

/** The bytes as a file, counting what is read of it. */
function fileOf(bytes: Buffer): ByteFile & { bytesRead: number } {
  const file = {
    size: bytes.byteLength,
    bytesRead: 0,
    read: async (position: number, length: number) => {
      const chunk = bytes.subarray(position, position + length)
      file.bytesRead += chunk.byteLength
      return chunk
    },
  }
  return file
}

async function entriesOf(bytes: Buffer): Promise<PlacedEntry[]> {
  return collectItems(readTarEntries(fileOf(bytes)))
}

describe('readTarEntries', () => {
  test('gives names, types, owners, times, links and devices', async () => {
    const written: WrittenEntry[] = [
      { name: 'dir/', type: 'directory', mode: 0o1777, mtime: 1_700_000_000 },
      { name: 'dir/file', content: 'hello', uid: 1000, gid: 100, mode: 0o4755 },
      { name: 'link', type: 'symlink', linkName: '../target' },
      { name: 'hard', type: 'hardlink', linkName: 'dir/file' },
      { name: 'dev/null', type: 'char', devMajor: 1, devMinor: 3 },
      { name: 'pipe', type: 'fifo' },
    ]
    const entries = await entriesOf(tar(written))
    expect(entries.map(({ entry }) => [entry.name, entry.type, entry.size, entry.linkName])).toEqual([
      ['dir/', 'directory', 0, ''],
      ['dir/file', 'file', 5, ''],
      ['link', 'symlink', 0, '../target'],
      ['hard', 'hardlink', 0, 'dir/file'],
      ['dev/null', 'char', 0, ''],
      ['pipe', 'fifo', 0, ''],
    ])
    expect(entries[0]?.entry).toMatchObject({ mode: 0o1777, mtime: 1_700_000_000 })
    expect(entries[1]).toMatchObject({ offset: 1024, entry: { uid: 1000, gid: 100, mode: 0o4755 } })
    expect(entries[4]?.entry).toMatchObject({ devMajor: 1, devMinor: 3 })
  })

  test('PAX records give names, sizes, owners and times beyond the header, and extended attributes byte for byte', async () => {
    const name = `${'d/'.repeat(200)}ümlaut`
    const pax = { uid: '3000000', mtime: '1700000000.25', 'SCHILY.xattr.user.a': 'b=c\n', comment: 'x' }
    const [placed] = await entriesOf(tar([{ name, content: 'x', pax }]))
    expect(placed?.entry).toMatchObject({ name, uid: 3_000_000, mtime: 1_700_000_000.25 })
    expect([...(placed?.entry.pax ?? [])]).toEqual([
      ['SCHILY.xattr.user.a', 'b=c\n'],
      ['comment', 'x'],
    ])
  })

  test.each(['ustar', 'pax', 'gnu', 'v7', 'oldgnu'])('what GNU tar writes as %s is read', async (format) => {
    const name = `long/${'n'.repeat(format === 'v7' || format === 'ustar' ? 80 : 150)}`
    const script = `d=$(mktemp -d); cd $d; mkdir long; printf hello > ${name}; ln -s ${name.slice(0, 90)} s
      tar --format=${format} --owner=5 --group=6 -cf - long s; rm -rf $d`
    const entries = await entriesOf(execFileSync('sh', ['-c', script]))
    expect(entries.map(({ entry }) => [entry.name, entry.type, entry.size, entry.uid, entry.gid])).toEqual([
      ['long/', 'directory', 0, 5, 6],
      [name, 'file', 5, 5, 6],
      ['s', 'symlink', 0, 5, 6],
    ])
  })

  test('contents are skipped and not read', async () => {
    const file = fileOf(
      tar([
        { name: 'large', content: Buffer.alloc(5_000_000) },
        { name: 'after', content: 'x' },
      ]),
    )
    const entries = await collectItems(readTarEntries(file))
    expect(entries.map(({ entry }) => entry.name)).toEqual(['large', 'after'])
    expect(file.bytesRead).toBeLessThan(200_000)
  })

  test('an archive without its closing zero blocks is whole', async () => {
    expect(await entriesOf(tar([{ name: 'a', content: 'x' }]).subarray(0, 1024))).toHaveLength(1)
  })

  test('an abort ends the reading with the reason of the signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    const reading = collectItems(readTarEntries(fileOf(tar([{ name: 'a' }])), { signal }))
    await expect(reading).rejects.toThrow('enough')
  })
})

describe('hostile archives', () => {
  const pax = (records: string): Buffer => {
    const [header, body] = [tar([{ name: 'x', content: records }]).subarray(0, 512), Buffer.alloc(512)]
    body.write(records)
    return Buffer.concat([withType(header, 'x'), body, tar([{ name: 'f' }])])
  }
  const oneEntry = (entry: Partial<WrittenEntry>): Buffer => tar([{ name: 'f', content: 'x', ...entry }])

  test.each<[string, Buffer, string, RegExp]>([
    ['a wrong checksum', oneEntry({ claimedChecksum: 1 }), 'ARCHIVE_INVALID', /checksum 1/],
    ['a negative size', oneEntry({ claimedSize: -1 }), 'ARCHIVE_INVALID', /negative size/],
    [
      'a size beyond the file',
      oneEntry({ claimedSize: 1_000_000 }),
      'ARCHIVE_INVALID',
      /ends before the content of "f"/,
    ],
    ['a size of 2^60', oneEntry({ claimedSize: 2 ** 60 }), 'ARCHIVE_INVALID', /size .* too large/],
    ['a PAX size of 2^80', oneEntry({ pax: { size: '1208925819614629174' } }), 'ARCHIVE_INVALID', /size/],
    ['a negative PAX size', oneEntry({ pax: { size: '-5' } }), 'ARCHIVE_INVALID', /size/],
    ['a PAX size that is no number', oneEntry({ pax: { size: '0x10' } }), 'ARCHIVE_INVALID', /not a number/],
    ['a PAX record longer than its header', pax('99 path=x\n'), 'ARCHIVE_INVALID', /wrong length/],
    ['a PAX record of length 0', pax('0 path=x\n'), 'ARCHIVE_INVALID', /wrong length/],
    ['a PAX record without a line end', pax('9 path=xy'), 'ARCHIVE_INVALID', /wrong length/],
    ['a PAX record without a key', pax('7 =abc\n'), 'ARCHIVE_INVALID', /no key/],
    ['a name with a NUL', oneEntry({ pax: { path: 'a\u0000b' } }), 'ARCHIVE_INVALID', /NUL/],
    ['a name of 100 kB', oneEntry({ name: 'n'.repeat(100_000) }), 'ARCHIVE_INVALID', /100000 characters/],
    [
      'a PAX header of 2 MB',
      oneEntry({ pax: { comment: 'c'.repeat(2_000_000) } }),
      'ARCHIVE_INVALID',
      /extended header has 2000/,
    ],
    ['a PAX header at its end', pax('10 path=x\n').subarray(0, 1024), 'ARCHIVE_INVALID', /after an extended header/],
    ['half a header', oneEntry({}).subarray(0, 300), 'ARCHIVE_INVALID', /ends before byte 512/],
    [
      'half a content',
      tar([{ name: 'f', content: Buffer.alloc(2000) }]).subarray(0, 1500),
      'ARCHIVE_INVALID',
      /content of "f"/,
    ],
    ['text instead of a header', Buffer.alloc(1024, 'hello '), 'ARCHIVE_INVALID', /checksum/],
    ['a sparse file of GNU tar', withType(oneEntry({}), 'S'), 'ARCHIVE_UNSUPPORTED', /sparse/],
    ['a sparse file in PAX', oneEntry({ pax: { 'GNU.sparse.major': '1' } }), 'ARCHIVE_UNSUPPORTED', /sparse/],
    ['a part of several volumes', withType(oneEntry({}), 'M'), 'ARCHIVE_UNSUPPORTED', /type "M"/],
  ])('%s is refused', async (_what, bytes, code, message) => {
    await expect(entriesOf(bytes)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('a link that claims content has none', async () => {
    const entries = await entriesOf(
      tar([{ name: 'l', type: 'symlink', linkName: 'x', claimedSize: 1_000_000 }, { name: 'f' }]),
    )
    expect(entries.map(({ entry }) => [entry.name, entry.size])).toEqual([
      ['l', 0],
      ['f', 0],
    ])
  })

  test('ten thousand global headers take no memory: only the latest counts', async () => {
    const one = withType(tar([{ name: 'g', content: '10 path=x\n' }]).subarray(0, 1024), 'g')
    const [placed] = await entriesOf(
      Buffer.concat([...Array.from({ length: 10_000 }, () => one), tar([{ name: 'f' }])]),
    )
    expect(placed?.entry.name).toBe('x')
  })

  test('keys that name a prototype are plain records', () => {
    expect(decodePax(Buffer.from('16 __proto__=12\n')).get('__proto__')).toBe('12')
  })
})

/** The same header with another type flag and its checksum put right. */
function withType(archive: Buffer, flag: string): Buffer {
  const copy = Buffer.from(archive)
  copy.write(flag, 156, 1)
  copy.fill(' ', 148, 156)
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  copy.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 8, 'latin1')
  return copy
}
