import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { tar } from './tar.ts'

// The archives are judged by the system's tar, not by code of this project.
const list = (archive: Buffer): string[] =>
  execFileSync('tar', ['-tvf', '-', '--numeric-owner'], { input: archive, env: { ...process.env, TZ: 'UTC' } })
    .toString()
    .trim()
    .split('\n')

describe('tar', () => {
  test('files, directories and links are listed by the system tar', () => {
    const lines = list(
      tar([
        { name: 'dir/', type: 'directory' },
        { name: 'dir/file', content: 'hello', uid: 12, gid: 34, mode: 0o600 },
        { name: 'link', type: 'symlink', linkName: 'dir/file' },
        { name: 'hard', type: 'hardlink', linkName: 'dir/file' },
      ]),
    )
    expect(lines.map((line) => line.replaceAll(/\s+/g, ' '))).toEqual([
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 dir/',
      '-rw------- 12/34 5 1970-01-01 00:00 dir/file',
      'lrw-r--r-- 0/0 0 1970-01-01 00:00 link -> dir/file',
      'hrw-r--r-- 0/0 0 1970-01-01 00:00 hard link to dir/file',
    ])
  })

  test('names of more than 100 bytes and PAX records are read back', () => {
    const name = `${'d'.repeat(60)}/${'f'.repeat(90)}`
    expect(list(tar([{ name, content: 'x' }]))[0]).toContain(name)
  })

  test.each([97, 98, 99, 100, 995, 996, 997])('a PAX record with a value of %i bytes counts its own length', (size) => {
    const archive = tar([{ name: 'a', content: 'x', pax: { comment: 'v'.repeat(size) } }])
    expect(list(archive)).toHaveLength(1)
  })

  test('sizes and owners too large for octal digits are written in base 256', () => {
    expect(list(tar([{ name: 'a', uid: 3_000_000_000 }]))[0]).toContain('3000000000/0')
  })

  test('a false checksum is written as it is given', () => {
    expect(() =>
      execFileSync('tar', ['-tf', '-'], { input: tar([{ name: 'a', claimedChecksum: 1 }]), stdio: 'pipe' }),
    ).toThrow()
  })
})
