import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { collectItems } from '@tsreg/testkit'
import { encodeHeader, endOfArchive, type NewTarEntry, paddingAfter } from './encode.ts'
import { readTarEntries } from './read.ts'

const entries: readonly NewTarEntry[] = [
  { name: 'dir/', type: 'directory', mode: 0o755, mtime: 1_700_000_000 },
  { name: 'dir/file', type: 'file', size: 5, uid: 1000, gid: 100, uname: 'me', gname: 'us' },
  { name: `${'long/'.repeat(40)}ümlaut`, type: 'file', size: 5 },
  { name: 'link', type: 'symlink', linkName: 'x'.repeat(150) },
  { name: 'large-ids', type: 'file', size: 5, uid: 3_000_000, gid: 4_000_000, mtime: 1_700_000_000.5 },
  { name: 'old', type: 'file', size: 5, mtime: -86_400 },
  { name: 'null', type: 'char', devMajor: 1, devMinor: 3 },
  { name: 'xattr', type: 'file', size: 5, pax: new Map([['SCHILY.xattr.user.bytes', '\u00ff\u0000=\n']]) },
]

const archive = Buffer.concat([
  ...entries.flatMap((entry) => {
    const content = Buffer.alloc(entry.size ?? 0, 'x')
    return [encodeHeader(entry), content, paddingAfter(content.byteLength)]
  }),
  endOfArchive,
])

test('what is written is read back field for field', async () => {
  const file = {
    size: archive.byteLength,
    read: async (at: number, length: number) => archive.subarray(at, at + length),
  }
  const read = await collectItems(readTarEntries(file))
  expect(read.map(({ entry }) => entry)).toEqual(entries.map((entry) => expect.objectContaining(entry)))
})

test('GNU tar lists what is written', () => {
  const listed = execFileSync('tar', ['-tf', '-', '--quoting-style=literal'], { input: archive })
    .toString()
    .trim()
    .split('\n')
  expect(listed).toEqual(entries.map(({ name }) => name))
})

test('a size of 10 GiB stands in a PAX record', async () => {
  const header = encodeHeader({ name: 'huge', type: 'file', size: 10 * 1024 ** 3 })
  const file = {
    size: 11 * 1024 ** 3,
    read: async (at: number, length: number) =>
      Buffer.concat([header.subarray(at), Buffer.alloc(length)]).subarray(0, length),
  }
  for await (const { entry } of readTarEntries(file)) {
    expect(entry).toMatchObject({ name: 'huge', size: 10 * 1024 ** 3 })
    break
  }
})

test('plain entries need one block', () => {
  expect(encodeHeader({ name: 'a', type: 'file', size: 1 })).toHaveLength(512)
})
