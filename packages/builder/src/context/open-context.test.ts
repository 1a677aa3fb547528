import { execFileSync } from 'node:child_process'
import { renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { appendFile, chmod, link, mkdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { mknod } from '@tsreg/image/syscalls'
import { digestOf } from '@tsreg/oci'
import { collect, tempDir } from '@tsreg/testkit'
import { parseIgnoreFile } from './ignore/parse-ignore-file.ts'
import { type BuildContext, openContext } from './open-context.ts'

const text = (content: string) => digestOf(Buffer.from(content))

async function fill(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), content)
  }
}

/** All paths of the tree, by `list` and `lstat` alone. */
async function paths(tree: BuildContext, directory = ''): Promise<string[]> {
  const all: string[] = []
  for (const name of await tree.list(directory)) {
    const path = directory === '' ? name : `${directory}/${name}`
    all.push(path)
    if ((await tree.lstat(path))?.type === 'directory') all.push(...(await paths(tree, path)))
  }
  return all
}

/** Until the clock of the file system has gone on. */
const settle = () => wait(50)

describe('a context', () => {
  test('has its files with their attributes, owned by nobody in particular', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'a/b.sh': 'four' })
    await chmod(join(temp.path, 'a/b.sh'), 0o750)
    await utimes(join(temp.path, 'a/b.sh'), 1_700_000_000, 1_700_000_000.5)
    await symlink('a/../..', join(temp.path, 'link'))
    await using tree = await openContext(temp.path)
    expect(await tree.lstat('a/b.sh')).toEqual({
      ...{ type: 'file', mode: 0o750, uid: 0, gid: 0, size: 4, mtime: 1_700_000_000.5, linkName: '' },
      ...{ devMajor: 0, devMinor: 0, xattrs: new Map() },
    })
    expect(await tree.lstat('link')).toMatchObject({ type: 'symlink', linkName: 'a/../..', size: 0 })
    expect(await tree.lstat('')).toMatchObject({ type: 'directory' })
    expect((await collect(tree.open('a/b.sh'))).toString()).toBe('four')
    expect(await tree.contentDigest('a/b.sh')).toBe(text('four'))
  })

  test('lists names in the order of their bytes', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { '\u{1f600}': '', '\uffee': '', b: '', B: '', 'a b': '', ä: '' })
    await using tree = await openContext(temp.path)
    expect(await tree.list('')).toEqual(['B', 'a b', 'b', 'ä', '\uffee', '\u{1f600}'])
  })

  test('has no path through a link, a file, a dot or a way out', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'a/b': '' })
    await symlink('a', join(temp.path, 'l'))
    await using tree = await openContext(temp.path)
    expect(await tree.list('l')).toEqual([])
    for (const path of ['l/b', 'a/b/c', 'a/./b', '../a', 'a/..', '/a', 'a/', '.', '\0', 'a\0']) {
      expect([path, await tree.lstat(path), await tree.list(path)]).toEqual([path, undefined, []])
    }
  })

  test('may itself be named by a link', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'a/b': '1' })
    await symlink('a', join(temp.path, 'l'))
    await using tree = await openContext(join(temp.path, 'l'))
    expect(await paths(tree)).toEqual(['b'])
  })

  test('leaves out sockets and what is ignored, and keeps the way to an exception', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'a/b/keep': '', 'a/b/c': '', 'a/d': '', 'e/f': '', g: '' })
    mknod(join(temp.path, 'socket'), 0o140600)
    mknod(join(temp.path, 'pipe'), 0o010600)
    await using tree = await openContext(temp.path, { ignore: parseIgnoreFile('*\n!a/b/keep\n!pipe') })
    expect(await paths(tree)).toEqual(['a', 'a/b', 'a/b/keep', 'pipe'])
    expect(await tree.lstat('pipe')).toMatchObject({ type: 'fifo' })
    expect(await tree.lstat('a/d')).toBeUndefined()
  })

  test('does not look into ignored directories without exceptions', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'node_modules/a/b/c': '', 'src/d': '', 'src/vendor/e': '' })
    await using tree = await openContext(temp.path, { ignore: parseIgnoreFile('node_modules\n**/vendor\n!src/*.txt') })
    expect(await paths(tree)).toEqual(['src', 'src/d'])
    expect(tree.work.directoriesRead).toBe(2)
  })

  test('reads nothing that is not asked for', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'a/b': '', 'c/d/e': '' })
    await using tree = await openContext(temp.path)
    await tree.lstat('a/b')
    expect(tree.work).toEqual({ directoriesRead: 2, filesHashed: 0 })
  })

  test('knows the time of the newest file, directories and ignored files aside', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'a/b': '', c: '', d: '' })
    for (const [name, time] of Object.entries({ 'a/b': 1000, c: 2000.25, d: 3000, a: 4000 })) {
      await utimes(join(temp.path, name), time, time)
    }
    await using tree = await openContext(temp.path, { ignore: parseIgnoreFile('d') })
    expect(await tree.newestTime()).toBe(2000.25)
    await using empty = await openContext(temp.path, { ignore: parseIgnoreFile('*') })
    expect(await empty.newestTime()).toBeUndefined()
  })

  test('that is closed is not read any more', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { a: '' })
    const tree = await openContext(temp.path)
    await tree.list('')
    await tree[Symbol.asyncDispose]()
    await tree[Symbol.asyncDispose]()
    await expect(tree.contentDigest('a')).rejects.toThrow('the build context is closed')
  })

  test.each(['nothing', 'file'])('%s is no context', async (name) => {
    await using temp = await tempDir()
    await fill(temp.path, { file: '' })
    await expect(openContext(join(temp.path, name))).rejects.toMatchObject({ code: 'CONTEXT_UNREADABLE' })
  })
})

describe('hostile contexts', () => {
  test('a name that is not UTF-8 is refused, unless it is ignored', async () => {
    await using temp = await tempDir()
    writeFileSync(Buffer.concat([Buffer.from(`${temp.path}/`), Buffer.of(0x61, 0xff)]), '')
    await using tree = await openContext(temp.path)
    await expect(tree.list('')).rejects.toMatchObject({
      code: 'CONTEXT_UNREADABLE',
      message: '"a\ufffd" in the build context has a name that is not UTF-8',
    })
    await using ignoring = await openContext(temp.path, { ignore: parseIgnoreFile('a*') })
    expect(await ignoring.list('')).toEqual([])
  })

  test('directories within directories beyond what a path may hold end in an error', async () => {
    await using temp = await tempDir()
    const name = 'd'.repeat(200)
    let path = temp.path
    // Each is made in a shorter path and moved below the one before.
    for (let depth = 0; depth < 25; depth += 1) {
      const outer = join(temp.path, `next${depth}`)
      await mkdir(outer)
      if (depth > 0) await rename(path, join(outer, name))
      path = outer
    }
    await using tree = await openContext(temp.path)
    await expect(tree.newestTime()).rejects.toMatchObject({ code: 'CONTEXT_UNREADABLE' })
    // What Node removes, it removes by whole paths.
    execFileSync('rm', ['-rf', path])
  })

  test('a hundred directories deep is no problem, and leaves no descriptor open', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { [`${'d/'.repeat(150)}f`]: 'x', [`${'d/'.repeat(100)}g`]: 'y' })
    const before = (await openDescriptors()).length
    {
      await using tree = await openContext(temp.path)
      expect(await tree.contentDigest(`${'d/'.repeat(150)}f`)).toBe(text('x'))
      expect(await tree.contentDigest(`${'d/'.repeat(100)}g`)).toBe(text('y'))
      expect((await openDescriptors()).length).toBeLessThanOrEqual(before + 66)
    }
    expect((await openDescriptors()).length).toBe(before)
  })

  test('docker CVE-2018-15664: a directory swapped for a link after it was looked at leads nowhere', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'context/a/passwd': 'ours', 'outside/passwd': 'secret' })
    await using tree = await openContext(join(temp.path, 'context'))
    expect(await tree.lstat('a/passwd')).toMatchObject({ type: 'file' })
    await rename(join(temp.path, 'context/a'), join(temp.path, 'context/old'))
    await symlink('../outside', join(temp.path, 'context/a'))
    // The directory that was opened is still the one that is read.
    expect((await collect(tree.open('a/passwd'))).toString()).toBe('ours')
    await using again = await openContext(join(temp.path, 'context'))
    await again.list('old')
    await again.list('')
    expect(await again.lstat('a')).toMatchObject({ type: 'symlink' })
    expect(await again.lstat('a/passwd')).toBeUndefined()
  })

  test('docker CVE-2018-15664: a directory swapped for a link before it is opened is refused', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'context/a/passwd': 'ours', 'outside/passwd': 'secret' })
    await using tree = await openContext(join(temp.path, 'context'))
    expect(await tree.list('')).toEqual(['a'])
    await rename(join(temp.path, 'context/a'), join(temp.path, 'context/old'))
    await symlink('../outside', join(temp.path, 'context/a'))
    await expect(tree.list('a')).rejects.toMatchObject({ code: 'CONTEXT_UNREADABLE' })
    await expect(tree.newestTime()).rejects.toMatchObject({ code: 'CONTEXT_UNREADABLE' })
  })

  test('buildah CVE-2024-1753 and its like: a file swapped for a link, a pipe or another file is not read', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'context/a': 'ours', 'outside/a': 'evil' })
    const swaps = [
      () => symlinkSync('../outside/a', join(temp.path, 'context/a')),
      () => symlinkSync('/etc/hostname', join(temp.path, 'context/a')),
      () => mknod(join(temp.path, 'context/a'), 0o010600),
      () => link(join(temp.path, 'outside/a'), join(temp.path, 'context/a')),
      () => {},
    ]
    for (const swap of swaps) {
      await rm(join(temp.path, 'context/a'), { force: true })
      await writeFile(join(temp.path, 'context/a'), 'ours')
      await using tree = await openContext(join(temp.path, 'context'))
      expect(await tree.list('')).toEqual(['a'])
      await rm(join(temp.path, 'context/a'))
      await swap()
      await expect(tree.contentDigest('a')).rejects.toMatchObject({
        code: 'CONTEXT_CHANGED',
        message: 'a in the build context was changed while it was read',
      })
      await expect(collect(tree.open('a'))).rejects.toMatchObject({ code: 'CONTEXT_CHANGED' })
    }
  })

  test('swapping as fast as the disk can never shows what lies outside', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'context/a/f': 'ours', 'outside/f': 'evil' })
    await symlink('../outside', join(temp.path, 'context/l'))
    const names = ['a', 'l', 'spare'].map((name) => join(temp.path, 'context', name))
    const [a = '', l = '', spare = ''] = names
    const seen = new Set<string>()
    for (let round = 0; round < 500; round += 1) {
      await using tree = await openContext(join(temp.path, 'context'))
      const swapped = round % 2 === 0
      const swap = () => {
        renameSync(a, spare)
        renameSync(l, a)
        renameSync(spare, l)
      }
      if (swapped) await tree.list('')
      swap()
      const content = await collect(tree.open('a/f')).catch((error: Error) => Buffer.from(error.constructor.name))
      seen.add(content.toString())
      if (round % 4 === 3) swap()
    }
    expect([...seen].sort()).not.toContain('evil')
    expect(seen.size).toBeGreaterThan(1)
  })
})

async function openDescriptors(): Promise<readonly string[]> {
  const { readdir } = await import('node:fs/promises')
  return readdir('/proc/self/fd')
}

describe('a file that changes while it is read', () => {
  test('is an error, not a mixture', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { a: 'x'.repeat(3 * 1024 * 1024) })
    await using tree = await openContext(temp.path)
    const reading = tree.open('a')[Symbol.asyncIterator]()
    expect((await reading.next()).value?.byteLength).toBe(1024 * 1024)
    await appendFile(join(temp.path, 'a'), 'y')
    await reading.next()
    await reading.next()
    await expect(reading.next()).rejects.toMatchObject({ code: 'CONTEXT_CHANGED' })
  })

  test('truncated below its size, as well', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { a: 'x'.repeat(1000) })
    await using tree = await openContext(temp.path)
    await tree.list('')
    await writeFile(join(temp.path, 'a'), 'x')
    await expect(tree.contentDigest('a')).rejects.toMatchObject({ code: 'CONTEXT_CHANGED' })
  })
})

describe('digests from build to build', () => {
  async function build(directory: string, digestsFile: string): Promise<readonly [hashed: number, digests: string[]]> {
    await using tree = await openContext(directory, { digestsFile })
    const digests: string[] = []
    for (const path of await paths(tree)) {
      if ((await tree.lstat(path))?.type === 'file') digests.push(await tree.contentDigest(path))
    }
    return [tree.work.filesHashed, digests]
  }

  test('only what changed is read again, also when size and time of the change are hidden', async () => {
    await using temp = await tempDir()
    const [context, file] = [join(temp.path, 'context'), join(temp.path, 'cache', 'digests')]
    await fill(context, { a: '1111', 'b/"c\n d': '2222', e: '3333' })
    await settle()
    const expected = ['1111', '2222', '3333'].map(text)
    expect(await build(context, file)).toEqual([3, expected])
    expect(await build(context, file)).toEqual([0, expected])
    await utimes(join(context, 'a'), 1000, 1000)
    await settle()
    expect(await build(context, file)).toEqual([1, expected])
    await writeFile(join(context, 'a'), '4444')
    await utimes(join(context, 'a'), 1000, 1000)
    await settle()
    expect(await build(context, file)).toEqual([1, [text('4444'), ...expected.slice(1)]])
    await rm(join(context, 'a'))
    await fill(context, { 'new/a': '5555' })
    await settle()
    expect((await build(context, file))[0]).toBe(1)
    expect((await build(context, file))[0]).toBe(0)
  })

  test('a file as new as the clock is not trusted: it may change without a trace', async () => {
    await using temp = await tempDir()
    const [context, file] = [join(temp.path, 'context'), join(temp.path, 'digests')]
    await fill(context, { a: '1111' })
    expect((await build(context, file))[0]).toBe(1)
    expect((await build(context, file))[0]).toBe(1)
    await utimes(join(context, 'a'), 4_000_000_000, 4_000_000_000)
    await settle()
    expect((await build(context, file))[0]).toBe(1)
    expect((await build(context, file))[0]).toBe(1)
  })

  test.each([
    ['cut off', (content: string) => content.slice(0, -80)],
    ['changed', (content: string) => content.replace(/[0-9a-f]{64} "a"/, `${'0'.repeat(64)} "a"`)],
    ['empty', () => ''],
    ['of another version', (content: string) => content.replace('digests 1', 'digests 2')],
    ['random', () => '\0\n"\n'],
  ])('a file that is %s counts as none', async (_, damage) => {
    await using temp = await tempDir()
    const [context, file] = [join(temp.path, 'context'), join(temp.path, 'digests')]
    await fill(context, { a: '1111' })
    await settle()
    await build(context, file)
    await writeFile(file, damage(await readFile(file, 'utf8')))
    expect(await build(context, file)).toEqual([1, [text('1111')]])
    expect(await build(context, file)).toEqual([0, [text('1111')]])
  })

  test('what a build did not ask for is kept for the next', async () => {
    await using temp = await tempDir()
    const [context, file] = [join(temp.path, 'context'), join(temp.path, 'digests')]
    await fill(context, { a: '1111', b: '2222' })
    await settle()
    await build(context, file)
    await fill(context, { c: '3333' })
    await settle()
    {
      await using tree = await openContext(context, { digestsFile: file })
      await tree.contentDigest('c')
    }
    expect((await build(context, file))[0]).toBe(0)
  })

  test('a temporary file of another process is respected, one of a killed process removed', async () => {
    await using temp = await tempDir()
    const [context, file] = [join(temp.path, 'context'), join(temp.path, 'digests')]
    await fill(context, { a: '1111' })
    await writeFile(`${file}.tmp`, 'half')
    await settle()
    await build(context, file)
    expect((await build(context, file))[0]).toBe(1)
    await utimes(`${file}.tmp`, 1000, 1000)
    await build(context, file)
    expect((await build(context, file))[0]).toBe(0)
    await expect(readFile(`${file}.tmp`)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a place where nothing can be written does not fail the build', async () => {
    await using temp = await tempDir()
    await fill(temp.path, { 'context/a': '1111', file: '' })
    await settle()
    expect((await build(join(temp.path, 'context'), join(temp.path, 'file', 'digests')))[0]).toBe(1)
  })
})
