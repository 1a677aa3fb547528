import { describe, expect, test } from '@jest/globals'
import type { LayerEntry } from '@tsreg/image/layer'
import { selectSources } from '../context/index.ts'
import { LayerDraft } from '../rootfs/layer-draft.ts'
import { type MemoryFile, memoryTree } from '../testing/memory-tree.ts'
import { destinationOf } from './destination.ts'
import { type PlaceOptions, placeSource } from './place-sources.ts'

const place = { file: 'Dockerfile', line: 2, endLine: 2, text: 'COPY' }
const context = memoryTree({ f: 'f', 'd/x': 'x', 'd/sub/y': 'y', lf: '-> f', ld: '-> d', 'd2/out': '-> /etc/passwd' })

interface Copied {
  readonly from: string
  readonly to: string
  readonly image?: Readonly<Record<string, MemoryFile>>
  readonly workingDirectory?: string
  readonly options?: Partial<PlaceOptions>
}

/** The layer, each entry as `path type uid:gid`. */
async function copied({ from, to, image = {}, workingDirectory, options = {} }: Copied): Promise<readonly string[]> {
  const draft = new LayerDraft(memoryTree(image, 'the image'))
  const destination = destinationOf(to, workingDirectory)
  for (const source of await selectSources(context, [from], { place })) {
    await placeSource(draft, context, source, { destination, owner: undefined, mode: undefined, time: 9, ...options })
  }
  return (await draft.entries()).map(shown)
}

function shown(entry: LayerEntry): string {
  if (!('uid' in entry)) return `${entry.path} ${entry.type}`
  return `${entry.path} ${entry.type} ${entry.uid}:${entry.gid}`
}

// What docker 20.10.24 makes of the same, path by path.
describe('COPY puts files where docker puts them', () => {
  test.each<[string, Copied, readonly string[]]>([
    ['a file to a path', { from: 'f', to: '/t' }, ['t file 0:0']],
    ['a file into a directory', { from: 'f', to: '/t', image: { t: null } }, ['t directory 0:0', 't/f file 0:0']],
    ['a file to a path with a slash', { from: 'f', to: '/t/' }, ['t directory 0:0', 't/f file 0:0']],
    [
      'a directory as what is in it',
      { from: 'd', to: '/t' },
      ['t directory 0:0', 't/sub directory 0:0', 't/sub/y file 0:0', 't/x file 0:0'],
    ],
    ['a link to a file as the file', { from: 'lf', to: '/t/' }, ['t directory 0:0', 't/lf file 0:0']],
    ['a link in a directory as a link', { from: 'd2', to: '/t' }, ['t directory 0:0', 't/out symlink 0:0']],
    [
      'relative to the working directory',
      { from: 'f', to: 'a/b', workingDirectory: '/w' },
      ['w directory 0:0', 'w/a directory 0:0', 'w/a/b file 0:0'],
    ],
    [
      'into the working directory',
      { from: 'd', to: '.', workingDirectory: '/w', image: { w: null } },
      ['w directory 0:0', 'w/sub directory 0:0', 'w/sub/y file 0:0', 'w/x file 0:0'],
    ],
    [
      'a file in the place of a directory',
      { from: 'f', to: '/t/', image: { 't/f/deep': 'old' } },
      ['t directory 0:0', 't/f file 0:0'],
    ],
    [
      'a directory in the place of a file in it',
      { from: 'd', to: '/t', image: { 't/sub': 'old' } },
      ['t directory 0:0', 't/sub directory 0:0', 't/sub/y file 0:0', 't/x file 0:0'],
    ],
    [
      'a directory in the place of a link in it',
      { from: 'd', to: '/t', image: { 't/sub': '-> /else', else: null } },
      ['t directory 0:0', 't/sub directory 0:0', 't/sub/y file 0:0', 't/x file 0:0'],
    ],
  ])('%s', async (_title, options, entries) => {
    expect(await copied(options)).toEqual(entries)
  })

  test('a directory over a file is an error', async () => {
    await expect(copied({ from: 'd', to: '/t', image: { t: 'old' } })).rejects.toMatchObject({
      code: 'NOT_A_DIRECTORY',
    })
  })
})

test('names of one file stay names of one file, below one source', async () => {
  const draft = new LayerDraft(memoryTree({}, 'the image'))
  const linked = { content: 'x', inode: '1:1' }
  const tree = memoryTree({ 'd/b': linked, 'd/a': linked, 'd/c': 'x', 'e/a': linked })
  for (const source of await selectSources(tree, ['d', 'e'], { place })) {
    const destination = destinationOf(`/${source.name}`, undefined)
    await placeSource(draft, tree, source, { destination, owner: undefined, mode: undefined, time: 9 })
  }
  expect(await draft.entries()).toMatchObject([
    { path: 'd' },
    { path: 'd/a', type: 'file' },
    { path: 'd/b', type: 'hardlink', target: 'd/a' },
    { path: 'd/c', type: 'file' },
    { path: 'e' },
    { path: 'e/a', type: 'file' },
  ])
})

describe('--chown', () => {
  const options = { owner: { uid: 5, gid: 6 } }

  test('directories above a file belong to its owner, those above a directory to root', async () => {
    expect(await copied({ from: 'f', to: '/a/b', options })).toEqual(['a directory 5:6', 'a/b file 5:6'])
    expect(await copied({ from: 'd', to: '/a/b', options })).toEqual([
      'a directory 0:0',
      'a/b directory 5:6',
      'a/b/sub directory 5:6',
      'a/b/sub/y file 5:6',
      'a/b/x file 5:6',
    ])
  })

  test('a directory that was there keeps its owner', async () => {
    const image = { a: { type: 'directory' as const, uid: 1, gid: 1 } }
    expect((await copied({ from: 'd', to: '/a', image, options }))[0]).toBe('a directory 1:1')
  })
})

// CVE-2018-15664: a link of the image at the destination must not lead out of it.
describe('links of the image at the destination are followed inside it', () => {
  test.each<[string, string, Readonly<Record<string, MemoryFile>>, readonly string[]]>([
    [
      'to a directory',
      '/app',
      { app: '-> /else', else: null },
      ['else directory 0:0', 'else/sub directory 0:0', 'else/sub/y file 0:0', 'else/x file 0:0'],
    ],
    [
      'out of the root',
      '/app',
      { app: '-> ../../../../esc' },
      ['esc directory 0:0', 'esc/sub directory 0:0', 'esc/sub/y file 0:0', 'esc/x file 0:0'],
    ],
    [
      'before the last name',
      '/app/conf',
      { app: '-> /etc', etc: null },
      [
        'etc directory 0:0',
        'etc/conf directory 0:0',
        'etc/conf/sub directory 0:0',
        'etc/conf/sub/y file 0:0',
        'etc/conf/x file 0:0',
      ],
    ],
  ])('%s', async (_title, to, image, entries) => {
    expect(await copied({ from: 'd', to, image })).toEqual(entries)
  })

  test('a file goes where a link to a file leads', async () => {
    expect(await copied({ from: 'f', to: '/t', image: { t: '-> etc/cfg', etc: null } })).toEqual([
      'etc directory 0:0',
      'etc/cfg file 0:0',
    ])
  })
})
