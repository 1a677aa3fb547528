import { execFileSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { tar } from '@tsreg/testkit'
import type { TarEntry } from './entry.ts'
import { TarParser } from './parser.ts'

/** The files in an archive, holes filled with zeros; read in chunks of so many bytes. */
function filesIn(archive: Buffer, chunkBytes: number): { entry: TarEntry; content: Buffer }[] {
  const files: { entry: TarEntry; content: Buffer }[] = []
  let parts: Buffer[] = []
  const parser = new TarParser(
    {
      entry: (entry) => {
        files.push({ entry, content: Buffer.alloc(0) })
        parts = []
      },
      content: (bytes) => {
        parts.push(Buffer.from(bytes))
      },
      entryEnd: () => {
        const file = files.at(-1)
        if (file !== undefined) file.content = fill(file.entry, Buffer.concat(parts))
      },
    },
    { sparse: true },
  )
  for (let at = 0; at < archive.byteLength; at += chunkBytes) parser.push(archive.subarray(at, at + chunkBytes))
  parser.end()
  return files
}

function fill({ sparse }: TarEntry, stored: Buffer): Buffer {
  if (sparse === undefined) return stored
  const content = Buffer.alloc(sparse.size)
  let at = 0
  for (const { offset, length } of sparse.parts) {
    stored.copy(content, offset, at, at + length)
    at += length
  }
  return content
}

let directory: string
const long = `directory-${'d'.repeat(90)}/name-${'n'.repeat(90)}`

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sparse-'))
  execFileSync('mkdir', ['-p', join(directory, long, '..')])
  // More parts than the header of the old format holds, and than one block after it.
  const fd = openSync(join(directory, long), 'w')
  for (let part = 0; part < 60; part++) writeSync(fd, `part ${part}`, part * 100_000)
  ftruncateSync(fd, 60 * 100_000 + 12_345)
  closeSync(fd)
  writeFileSync(join(directory, 'plain'), 'plain')
  execFileSync('truncate', ['-s', '3000000', join(directory, 'nothing')])
})

afterAll(() => rmSync(directory, { recursive: true }))

describe('files with holes', () => {
  const formats = [['--format=gnu'], ...['0.0', '0.1', '1.0'].map((v) => ['--format=pax', `--sparse-version=${v}`])]

  test.each(formats.flatMap((format) => [1_000_000_000, 777].map((chunkBytes) => ({ format, chunkBytes }))))(
    'of $format are read in chunks of $chunkBytes bytes as they were',
    ({ format, chunkBytes }) => {
      const archive = execFileSync(
        'tar',
        ['--sparse', ...format, '-C', directory, '-cf', '-', long, 'nothing', 'plain'],
        {
          maxBuffer: 100_000_000,
        },
      )
      expect(archive.byteLength).toBeLessThan(1_000_000)
      const files = filesIn(archive, chunkBytes)
      expect(files.map(({ entry }) => [entry.name, entry.sparse?.size])).toEqual([
        [long, 6_012_345],
        ['nothing', 3_000_000],
        ['plain', undefined],
      ])
      expect(files[0]?.entry.sparse?.parts.length).toBeGreaterThan(50)
      for (const { entry, content } of files) {
        expect(content.equals(readFileSync(join(directory, entry.name)))).toBe(true)
        expect([...entry.pax.keys()].filter((key) => key.startsWith('GNU.sparse'))).toEqual([])
      }
    },
  )

  const sparse = (pax: Record<string, string>, content = '') =>
    tar([{ name: 'f', content, pax: { 'GNU.sparse.size': '100', ...pax } }])

  test.each<[string, Buffer, RegExp]>([
    ['parts that overlap', sparse({ 'GNU.sparse.map': '0,3,2,2' }, 'abcde'), /part of 2 bytes at 2 after byte 3/],
    ['a part beyond the end', sparse({ 'GNU.sparse.map': '98,5' }, 'abcde'), /part of 5 bytes at 98/],
    ['more content than parts', sparse({ 'GNU.sparse.map': '0,1' }, 'abcde'), /have 1 bytes, the archive has 5/],
    ['less content than parts', sparse({ 'GNU.sparse.map': '0,9' }, 'abcde'), /have 9 bytes, the archive has 5/],
    ['half a part', sparse({ 'GNU.sparse.map': '0,1,2' }, 'a'), /in the middle of a part/],
    ['a negative offset', sparse({ 'GNU.sparse.map': '-1,1' }, 'a'), /"-1", not a number/],
    ['an offset that is no number', sparse({ 'GNU.sparse.map': 'x,1' }, 'a'), /"x", not a number/],
    ['a size of 2^70', sparse({ 'GNU.sparse.size': '1180591620717411303424' }), /GNU.sparse.size|size/],
    [
      'a map that never ends',
      sparse({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0' }, `3\n${'0'.repeat(600)}`),
      /not made of numbers|not a number/,
    ],
    [
      'a map of two million parts',
      sparse({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0' }, `2000000\n${'0\n'.repeat(500)}`),
      /more than 1000000 parts/,
    ],
    [
      'a map longer than its content',
      sparse({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0' }, ''),
      /longer than its content/,
    ],
  ])('%s is refused', (_what, archive, message) => {
    expect(() => filesIn(archive, 512)).toThrow(
      expect.objectContaining({ code: 'ARCHIVE_INVALID', message: expect.stringMatching(message) }),
    )
  })

  test('a version that is not known is ARCHIVE_UNSUPPORTED', () => {
    const archive = sparse({ 'GNU.sparse.major': '2', 'GNU.sparse.minor': '0' })
    expect(() => filesIn(archive, 512)).toThrow(expect.objectContaining({ code: 'ARCHIVE_UNSUPPORTED' }))
  })
})
