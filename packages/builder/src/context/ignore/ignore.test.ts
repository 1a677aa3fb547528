import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { mknod } from '@tsreg/image/syscalls'
import { tempDir } from '@tsreg/testkit'
import { findIgnoreFile } from './find-ignore-file.ts'
import { IgnoreMatcher } from './ignore-matcher.ts'
import { parseIgnoreFile } from './parse-ignore-file.ts'

function isIgnored(patterns: readonly string[], path: string): boolean {
  const matcher = new IgnoreMatcher(parseIgnoreFile(patterns.join('\n')))
  let verdict = matcher.root
  const names = path.split('/')
  for (let count = 1; count <= names.length; count += 1)
    verdict = matcher.judge(names.slice(0, count).join('/'), verdict)
  return verdict.isIgnored
}

describe('a path is ignored', () => {
  test.each<[readonly string[], string, boolean]>([
    [['a'], 'a', true],
    [['a'], 'a/b/c', true],
    [['a'], 'b/a', false],
    [['/a'], 'a', true],
    [['a/'], 'a/b', true],
    [['./a//b/../c'], 'a/c', true],
    [['*'], 'a/b', true],
    [['*/b'], 'a/b', true],
    [['*/b'], 'b', false],
    [['a/*'], 'a/b/c', true],
    [['**/b'], 'b', true],
    [['**/b'], 'a/b/c', true],
    [['**/*.log'], 'a/b.log', true],
    [['**/*.log'], 'b.log/c', true],
    [['**.log'], 'a/b.log', true],
    [['*.log'], 'a/b.log', false],
    [['a/**'], 'a', false],
    [['a/**'], 'a/b', true],
    [['**'], 'a', true],
    [['a?c'], 'abc', true],
    [['[a-c]x'], 'bx', true],
    [['a[b/]c'], 'a/c', true],
    [['\\#a'], '#a', true],
    [['\\!a'], '!a', true],
    [['# a', '', ' b '], 'b', true],
    [['#a'], '#a', false],
    [['a', '!a'], 'a', false],
    [['!a', 'a'], 'a', true],
    [['a', '!a/b'], 'a/b', false],
    [['a', '!a/b'], 'a/c', true],
    [['a', '!a/b', 'a/b/c'], 'a/b/c', true],
    [['a', '!a/b', 'a/b/c'], 'a/b/d', false],
    [['*', '!*.md', 'b.md'], 'a.md', false],
    [['*', '!*.md', 'b.md'], 'b.md', true],
    [['a', '! a'], 'a', false],
    [['.'], 'a', false],
    [['..'], 'a', false],
    [['/'], 'a', false],
    [['a.c'], 'abc', false],
    [['a+(b)|{c}^$'], 'a+(b)|{c}^$', true],
    [['node_modules', '!**/keep'], 'node_modules/a/keep', false],
  ])('by %j: %s: %s', (patterns, path, expected) => {
    expect(isIgnored(patterns, path)).toBe(expected)
  })
})

test('a directory is only looked into when an exception may lie in it', () => {
  const mayHave = (exception: string, directory: string) =>
    new IgnoreMatcher(parseIgnoreFile(`*\n!${exception}`)).mayHaveExceptions(directory)
  expect(mayHave('a/b', 'a')).toBe(true)
  expect(mayHave('a/b', 'b')).toBe(false)
  expect(mayHave('a/b', 'a/b')).toBe(false)
  expect(mayHave('a/b/c', 'a/c')).toBe(false)
  expect(mayHave('*/b', 'x')).toBe(true)
  expect(mayHave('x*/b', 'a')).toBe(false)
  expect(mayHave('**/b', 'x/y/z')).toBe(true)
  expect(mayHave('a/**', 'a/x')).toBe(true)
  expect(mayHave('[a]/b', 'x')).toBe(true)
})

describe('the file', () => {
  test('may begin with a byte-order mark and have carriage returns', () => {
    expect(parseIgnoreFile(Buffer.from('\ufeff#a\r\nb\r\n')).map(({ text, line }) => [text, line])).toEqual([['b', 2]])
  })

  test.each([
    ['a\n!', '.dockerignore:2: there is no pattern behind the !, in: !'],
    ['a[', '.dockerignore:1: the pattern "a[" is not valid: a bracket is not closed, in: a['],
    ['a\\', '.dockerignore:1: the pattern "a\\\\" is not valid: it ends with a backslash, in: a\\'],
  ])('%j is refused with its line', (text, message) => {
    expect(() => parseIgnoreFile(text)).toThrow(expect.objectContaining({ code: 'IGNORE_INVALID', message }))
  })

  test('is the one beside the Dockerfile, else that of the context, else none', async () => {
    await using temp = await tempDir()
    const context = join(temp.path, 'context')
    const dockerfile = join(temp.path, 'Dockerfile')
    await mkdir(context)
    expect(await findIgnoreFile(context, dockerfile)).toBeUndefined()
    await writeFile(join(context, '.dockerignore'), 'a')
    expect((await findIgnoreFile(context, dockerfile))?.patterns).toMatchObject([{ text: 'a' }])
    await writeFile(`${dockerfile}.dockerignore`, '')
    expect(await findIgnoreFile(context, dockerfile)).toEqual({ path: `${dockerfile}.dockerignore`, patterns: [] })
    expect((await findIgnoreFile(context, undefined))?.patterns).toMatchObject([{ text: 'a' }])
  })

  test.each([
    ['a directory', (path: string) => mkdir(path), 'it is not a file'],
    ['a pipe', async (path: string) => mknod(path, 0o010600), 'it is not a file'],
    ['a device', (path: string) => symlink('/dev/zero', path), 'it is not a file'],
    [
      'too large',
      (path: string) => writeFile(path, 'a'.repeat(1024 * 1024 + 1)),
      'it has 1048577 bytes, 1048576 are allowed',
    ],
  ])('is refused when it is %s', async (_, make, why) => {
    await using temp = await tempDir()
    const path = join(temp.path, '.dockerignore')
    await make(path)
    await expect(findIgnoreFile(temp.path, undefined)).rejects.toMatchObject({
      code: 'IGNORE_INVALID',
      message: `${path} cannot be used: ${why}`,
    })
  })
})
