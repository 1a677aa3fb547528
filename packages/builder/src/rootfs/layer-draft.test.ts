import { describe, expect, test } from '@jest/globals'
import { type MemoryFile, memoryTree } from '../testing/memory-tree.ts'
import { type DraftFile, directoryOf, LayerDraft } from './layer-draft.ts'

const made = { mode: 0o755, uid: 0, gid: 0, mtime: 5 }

function file(content: string, more: Partial<DraftFile> = {}): DraftFile {
  const { mode, uid, gid, mtime } = { ...made, mode: 0o644 }
  const common = { mode, uid, gid, mtime, size: content.length, linkName: '', devMajor: 0, devMinor: 0 }
  return { ...common, type: 'file', xattrs: new Map(), content: () => [Buffer.from(content)], ...more }
}

const draftOver = (below: Readonly<Record<string, MemoryFile>>) => new LayerDraft(memoryTree(below))

/** Each entry as its path, type and mode. */
async function listed(draft: LayerDraft): Promise<readonly string[]> {
  return (await draft.entries()).map((entry) =>
    [entry.path, entry.type, 'mode' in entry ? entry.mode.toString(8) : ''].join(' '),
  )
}

describe('LayerDraft', () => {
  test('is sorted, and has the directories that it lies in with the attributes they have below', async () => {
    const draft = draftOver({ tmp: { type: 'directory', mode: 0o1777, uid: 7, mtime: 3 } })
    draft.put('tmp/b', file('b'))
    draft.put('tmp/a', file('a'))
    expect(await listed(draft)).toEqual(['tmp directory 1777', 'tmp/a file 644', 'tmp/b file 644'])
    expect((await draft.entries())[0]).toMatchObject({ uid: 7, mtime: 3, opaque: false })
  })

  test('makes missing directories, and leaves those that are there', async () => {
    const draft = draftOver({ 'var/lib': null })
    await draft.makeDirectory('var/lib/app/data', made)
    expect(await listed(draft)).toEqual([
      'var directory 755',
      'var/lib directory 755',
      'var/lib/app directory 755',
      'var/lib/app/data directory 755',
    ])
  })

  test('a directory that is there already is no change', async () => {
    const draft = draftOver({ 'var/lib': null })
    await draft.makeDirectory('var/lib', made)
    expect([draft.isEmpty, await draft.entries()]).toEqual([true, []])
  })

  test('a file in the place of a directory is an error that says what is there', async () => {
    const draft = draftOver({ var: 'a file', link: '-> var' })
    await expect(draft.makeDirectory('var/lib', made)).rejects.toThrow(
      '/var in the image is not a directory but a file',
    )
    await expect(draft.makeDirectory('link/lib', made)).rejects.toMatchObject({ code: 'NOT_A_DIRECTORY' })
  })

  test('what was put hides what is below it', async () => {
    const draft = draftOver({ 'a/b': 'old', l: '-> a' })
    draft.put('a', file('now a file'))
    expect(await draft.lstat('a/b')).toBeUndefined()
    draft.put('a', directoryOf(made))
    expect(await draft.lstat('a/b')).toBeUndefined()
    expect(await draft.entries()).toMatchObject([{ path: 'a', opaque: true }])
    expect(await draft.resolve('/l/b')).toBe('a/b')
  })

  test('a directory put over a directory keeps what is in it', async () => {
    const draft = draftOver({ 'a/b': 'old' })
    draft.put('a', directoryOf({ ...made, mode: 0o700 }))
    expect(await draft.lstat('a/b')).toMatchObject({ type: 'file' })
    expect(await draft.entries()).toMatchObject([{ path: 'a', mode: 0o700, opaque: false }])
  })

  test('links that were put are followed as those below', async () => {
    const draft = draftOver({ 'opt/real': null })
    draft.put('app', file('', { type: 'symlink', linkName: '/opt/real' }))
    expect(await draft.resolve('/app/x')).toBe('opt/real/x')
  })

  test('of the names of one file the first has the content', async () => {
    const draft = draftOver({})
    const shared = file('x', { inode: {} })
    draft.put('b', shared)
    draft.put('a', shared)
    draft.put('c', file('y', { inode: {} }))
    expect(await draft.entries()).toMatchObject([
      { path: 'a', type: 'file' },
      { path: 'b', type: 'hardlink', target: 'a' },
      { path: 'c', type: 'file' },
    ])
  })

  test('attributes are kept byte by byte', async () => {
    const draft = draftOver({})
    draft.put('ping', file('', { xattrs: new Map([['security.capability', '\u0001\u00ff']]) }))
    const [entry] = await draft.entries()
    expect(entry).toMatchObject({ xattrs: new Map([['security.capability', Buffer.from([1, 255])]]) })
  })
})
