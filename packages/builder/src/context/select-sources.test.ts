import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { tempDir } from '@tsreg/testkit'
import { parseIgnoreFile } from './ignore/parse-ignore-file.ts'
import { openContext } from './open-context.ts'
import { selectSources } from './select-sources.ts'
import { sumOf } from './sum-of.ts'

const place = { file: 'Dockerfile', line: 3, endLine: 3, text: 'COPY it' }

async function fill(directory: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), path)
  }
}

async function select(directory: string, ...patterns: readonly string[]) {
  await using tree = await openContext(directory, { ignore: parseIgnoreFile('ignored') })
  return await selectSources(tree, patterns, { place })
}

describe('sources', () => {
  test('are cleaned, directories bring what they hold, depth first', async () => {
    await using temp = await tempDir()
    await fill(temp.path, ['a/b', 'a/b.c', 'a/d/e', 'a/d-f', 'g', 'ignored'])
    expect(await select(temp.path, '/a/../a/', './/g')).toMatchObject([
      {
        source: 'a',
        path: 'a',
        name: 'a',
        file: { type: 'directory' },
        files: [
          { path: 'b', treePath: 'a/b', file: { type: 'file' } },
          { path: 'b.c' },
          { path: 'd', file: { type: 'directory' } },
          { path: 'd/e', treePath: 'a/d/e' },
          { path: 'd-f' },
        ],
      },
      { source: 'g', path: 'g', name: 'g', files: [] },
    ])
  })

  test('the root is a source too, without what is ignored', async () => {
    await using temp = await tempDir()
    await fill(temp.path, ['a', 'ignored'])
    for (const pattern of ['.', '/', './', 'x/..', '']) {
      const [root] = await select(temp.path, pattern)
      expect([root?.path, root?.name, root?.files.map(({ path }) => path)]).toEqual(['', '', ['a']])
    }
  })

  test('patterns go name by name, find what is there in its order, and take a backslash for an escape', async () => {
    await using temp = await tempDir()
    await fill(temp.path, ['a1', 'a2', 'ab/c', 'b/c1', 'b/c2', 'd/c3', '*', 'ignored'])
    const found = async (pattern: string) => (await select(temp.path, pattern)).map(({ source }) => source)
    expect(await found('a?')).toEqual(['a1', 'a2', 'ab'])
    expect(await found('*/c[1-2]')).toEqual(['b/c1', 'b/c2'])
    expect(await found('[b-d]/*')).toEqual(['b/c1', 'b/c2', 'd/c3'])
    expect(await found('\\**')).toEqual(['*'])
    expect(await found('i* a1'.split(' ')[1] ?? '')).toEqual(['a1'])
    await expect(found('i*')).rejects.toMatchObject({ code: 'COPY_SOURCE_UNKNOWN' })
  })

  test('a source that is a link is what it leads to; the name stays, links inside stay links', async () => {
    await using temp = await tempDir()
    await fill(temp.path, ['d/f'])
    await symlink('d', join(temp.path, 'l'))
    await symlink('/d/f', join(temp.path, 'm'))
    await symlink('../../../d', join(temp.path, 'd/n'))
    expect(await select(temp.path, 'l', 'm', 'l/n/f')).toMatchObject([
      { source: 'l', path: 'd', name: 'l', files: [{ path: 'f' }, { path: 'n', file: { type: 'symlink' } }] },
      { source: 'm', path: 'd/f', name: 'm', file: { type: 'file' } },
      { source: 'l/n/f', path: 'd/f', name: 'f' },
    ])
    // A pattern goes through no link.
    await expect(select(temp.path, 'l/*')).rejects.toMatchObject({ code: 'COPY_SOURCE_UNKNOWN' })
  })

  test.each([
    ['nothing', 'COPY_SOURCE_UNKNOWN', 'nothing is not found in the build context, or excluded by .dockerignore'],
    ['ignored', 'COPY_SOURCE_UNKNOWN', 'ignored is not found in the build context, or excluded by .dockerignore'],
    ['out', 'COPY_SOURCE_UNKNOWN', 'out is not found in the build context, or excluded by .dockerignore'],
    ['a/b', 'COPY_SOURCE_UNKNOWN', 'a/b is not found in the build context, or excluded by .dockerignore'],
    ['x*', 'COPY_SOURCE_UNKNOWN', 'x* is not found in the build context, or excluded by .dockerignore'],
    ['..', 'COPY_FORBIDDEN', '.. leads out of the build context'],
    ['a/../../b', 'COPY_FORBIDDEN', 'a/../../b leads out of the build context'],
    ['/../a', 'COPY_FORBIDDEN', '/../a leads out of the build context'],
    ['../*', 'COPY_FORBIDDEN', '../* leads out of the build context'],
    ['[a', 'DOCKERFILE_INVALID', 'the pattern "[a" is not valid: a bracket is not closed'],
    ['loop', 'LINK_LOOP', undefined],
  ])('%s is refused', async (pattern, code, message) => {
    await using temp = await tempDir()
    await fill(temp.path, ['context/a', 'context/ignored', 'b'])
    await symlink('../b', join(temp.path, 'context/out'))
    await symlink('loop', join(temp.path, 'context/loop'))
    const expected = message === undefined ? { code } : { code, message: `Dockerfile:3: ${message}, in: COPY it` }
    await expect(select(join(temp.path, 'context'), pattern)).rejects.toMatchObject(expected)
  })
})

describe('the sum of sources', () => {
  async function sum(directory: string, ...patterns: readonly string[]) {
    await using tree = await openContext(directory)
    return await sumOf(tree, await selectSources(tree, patterns, { place }))
  }

  test('says what it is the sum of, and counts each file by its path', async () => {
    await using temp = await tempDir()
    await fill(temp.path, ['a/b', 'c'])
    await symlink('x', join(temp.path, 'a/l'))
    const directory = await sum(temp.path, 'a')
    expect(directory.sum).toMatch(/^dir:[0-9a-f]{64}$/)
    expect(directory.files.map(({ path, type, digest }) => [path, type, digest?.length])).toEqual([
      ['a', 'directory', undefined],
      ['a/b', 'file', 71],
      ['a/l', 'symlink', 71],
    ])
    expect((await sum(temp.path, 'c')).sum).toMatch(/^file:[0-9a-f]{64}$/)
    const several = await sum(temp.path, 'c', 'a')
    expect(several.sum).toMatch(/^multi:[0-9a-f]{64}$/)
    expect(several.sum).not.toBe((await sum(temp.path, 'a', 'c')).sum)
  })

  test('differs when a name, a mode, a content, a kind or a target does, not when a time does', async () => {
    await using temp = await tempDir()
    await fill(temp.path, ['a/b', 'a/c'])
    const path = join(temp.path, 'a/b')
    const seen = [(await sum(temp.path, 'a')).sum]
    const now = async (change: () => Promise<void>) => {
      await change()
      seen.push((await sum(temp.path, 'a')).sum)
    }
    await now(() => writeFile(path, 'b/a'))
    await now(() => chmod(path, 0o600))
    await now(() => rename(path, join(temp.path, 'a/b2')))
    await now(() => symlink('a', path))
    await now(() => mkdir(join(temp.path, 'a/e')))
    await now(() => chmod(join(temp.path, 'a/e'), 0o700))
    await now(() => chmod(join(temp.path, 'a'), 0o700))
    expect(new Set(seen).size).toBe(8)
    await writeFile(join(temp.path, 'a/c'), 'a/c')
    expect((await sum(temp.path, 'a')).sum).toBe(seen.at(-1))
  })

  test('of the whole context does not count the permissions of the checkout', async () => {
    await using temp = await tempDir()
    await fill(temp.path, ['a'])
    const before = await sum(temp.path, '.')
    await chmod(temp.path, 0o711)
    expect(await sum(temp.path, '.')).toEqual(before)
  })

  test('a file is counted under its own name, a directory under none', async () => {
    await using temp = await tempDir()
    await fill(temp.path, ['one/f'])
    const [directory, file] = [(await sum(temp.path, 'one')).sum, (await sum(temp.path, 'one/f')).sum]
    await rename(join(temp.path, 'one/f'), join(temp.path, 'one/g'))
    expect((await sum(temp.path, 'one/g')).sum).not.toBe(file)
    await rename(join(temp.path, 'one/g'), join(temp.path, 'one/f'))
    await rename(join(temp.path, 'one'), join(temp.path, 'two'))
    expect((await sum(temp.path, 'two')).sum).toBe(directory)
  })
})
