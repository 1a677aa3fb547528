import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { tar } from '@tsreg/testkit'
import type { TarDecoderOptions } from './decoder.ts'
import { TarParser } from './parser.ts'

/** What a handler hears. */
function heard(archive: Uint8Array, chunkBytes: number, options?: TarDecoderOptions): string[] {
  const events: string[] = []
  const parser = new TarParser(
    {
      entry: ({ name, type, size }) => events.push(`${type} ${name} ${size}`),
      content: (bytes) => events.push(Buffer.from(bytes).toString('latin1')),
      entryEnd: () => events.push('end'),
    },
    options,
  )
  for (let at = 0; at < archive.byteLength; at += chunkBytes) parser.push(archive.subarray(at, at + chunkBytes))
  parser.end()
  return events
}

describe('TarParser', () => {
  const long = 'n'.repeat(1500)
  const archive = tar([
    { name: 'dir/', type: 'directory' },
    { name: long, content: 'hello' },
    { name: 'empty' },
    { name: 'large', content: 'x'.repeat(2000) },
  ])

  test.each([1, 100, 511, 512, 513, 4096, 1_000_000])('in chunks of %i bytes the same is heard', (chunkBytes) => {
    const events = heard(archive, chunkBytes)
    const contents = events.filter((event) => /^(hello|[helo]+|x+)$/.test(event)).join('')
    expect(contents).toBe(`hello${'x'.repeat(2000)}`)
    expect(events.filter((event) => !/^([helo]+|x+)$/.test(event))).toEqual([
      'directory dir/ 0',
      'end',
      `file ${long} 5`,
      'end',
      'file empty 0',
      'end',
      'file large 2000',
      'end',
    ])
  })

  test('what follows the end is ignored, as by tar', () => {
    expect(heard(Buffer.concat([archive, Buffer.alloc(2000, 'rubbish')]), 600)).toEqual(heard(archive, 600))
  })

  test.each([
    ['in a header', 300, 'the end of a header'],
    ['in the content', 3074, 'the content of'],
    ['after an extended header', 2560, 'the entry after an extended header'],
  ])('an archive that ends %s is ARCHIVE_INVALID', (_where, bytes, message) => {
    expect(() => heard(archive.subarray(0, bytes), 512)).toThrow(
      expect.objectContaining({ code: 'ARCHIVE_INVALID', message: expect.stringContaining(message) }),
    )
  })

  test('an entry after a block of zeros is refused: other readers end there', () => {
    const hidden = Buffer.concat([archive.subarray(0, 512), Buffer.alloc(512), tar([{ name: 'hidden' }])])
    expect(() => heard(hidden, 512)).toThrow('an entry follows a block of zeros')
  })

  test('with latin1 names keep bytes that are no UTF-8, from headers, PAX and GNU tar', () => {
    const directory = mkdtempSync(join(tmpdir(), 'names-'))
    try {
      const short = Buffer.from('caf\u00e9', 'latin1')
      const name = Buffer.concat([Buffer.from('x'.repeat(120)), short])
      mkdirSync(join(directory, 'd'))
      for (const each of [short, name]) writeFileSync(Buffer.concat([Buffer.from(`${directory}/d/`), each]), '')
      for (const format of ['gnu', 'pax']) {
        const made = execFileSync('tar', [`--format=${format}`, '--sort=name', '-C', directory, '-cf', '-', 'd'])
        expect(heard(made, 512, { names: 'latin1' }).filter((event) => event !== 'end')).toEqual([
          'directory d/ 0',
          `file d/${short.toString('latin1')} 0`,
          `file d/${name.toString('latin1')} 0`,
        ])
      }
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('times are exact to the nanosecond', () => {
    const times: bigint[] = []
    const parser = new TarParser({
      entry: ({ mtimeNs }) => times.push(mtimeNs),
      content: () => {},
      entryEnd: () => {},
    })
    const written = ['1700000000.123456789', '-1.5', '0.0000000019', '12'].map((mtime) => ({
      name: 'f',
      pax: { mtime },
    }))
    parser.push(tar([...written, { name: 'f', mtime: 1_700_000_001 }]))
    parser.end()
    expect(times).toEqual([
      1_700_000_000_123_456_789n,
      -1_500_000_000n,
      1n,
      12_000_000_000n,
      1_700_000_001_000_000_000n,
    ])
  })
})
