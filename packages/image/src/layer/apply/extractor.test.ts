import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readTree, type TarEntry, tar } from '@tsreg/testkit'
import { deviceOf, lgetxattr, llistxattr } from '../../syscalls/index.ts'
import { isRoot, type UnpackOptions, unpack } from '../../testing/unpack.ts'

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'extract-'))
})

afterEach(() => {
  chmodSync(root, 0o700)
  rmSync(root, { recursive: true, force: true })
})

const at = (path: string) => join(root, path)

function apply(entries: readonly TarEntry[], options?: UnpackOptions) {
  return unpack(tar(entries.map((entry) => ({ ...owner, ...entry }))), root, options)
}

const kindAndContent = () =>
  Object.fromEntries(
    Object.entries(readTree(root, { times: false }))
      .filter(([path]) => path !== '.')
      .map(([path, line]) => [path, line.startsWith('file') ? readFileSync(at(path), 'utf8') : line.split(' ')[0]]),
  )

describe('modes and times', () => {
  test('modes are those of the layer whatever the umask is, with setuid, setgid and sticky', () => {
    const umask = process.umask(0o077)
    try {
      apply([
        { name: 'd/', type: 'directory', mode: 0o1777 },
        { name: 'd/f', content: 'x', mode: 0o6775 },
        { name: 'pipe', type: 'fifo', mode: 0o666 },
      ])
    } finally {
      process.umask(umask)
    }
    expect(['d', 'd/f', 'pipe'].map((path) => (lstatSync(at(path)).mode & 0o7777).toString(8))).toEqual([
      '1777',
      '6775',
      '666',
    ])
  })

  test('a directory that lets nobody in gets its mode last', () => {
    apply([
      { name: 'd/', type: 'directory', mode: 0o500 },
      { name: 'd/e/', type: 'directory', mode: 0 },
      { name: 'd/e/f', content: 'x' },
    ])
    expect([statSync(at('d')).mode & 0o777, statSync(at('d/e')).mode & 0o777]).toEqual([0o500, 0])
    chmodSync(at('d/e'), 0o700)
    chmodSync(at('d'), 0o700)
    expect(readFileSync(at('d/e/f'), 'utf8')).toBe('x')
  })

  test('times are exact, those of directories also after files came and went in them', () => {
    apply([
      { name: './', type: 'directory', mtime: 1 },
      { name: 'd/', type: 'directory', mtime: 2, pax: { mtime: '2.000000001', atime: '5.5' } },
      { name: 'other', mtime: 3 },
      { name: 'd/f', mtime: 4, pax: { mtime: '-4.25' } },
      { name: 'd/gone/', type: 'directory', mtime: 9 },
      { name: 'd/gone', content: 'now a file', mtime: 10 },
    ])
    const times = ['', 'd', 'other', 'd/f', 'd/gone'].map((path) => lstatSync(at(path), { bigint: true }))
    expect(times.map(({ mtimeNs }) => mtimeNs)).toEqual([
      1_000_000_000n,
      2_000_000_001n,
      3_000_000_000n,
      -4_250_000_000n,
      10_000_000_000n,
    ])
    expect([times[1]?.atimeNs, times[3]?.atimeNs]).toEqual([5_500_000_000n, -4_250_000_000n])
  })

  test('a directory without an entry is 0755 from 1970, and keeps what it was where it lay below', () => {
    apply([{ name: 'a/b/f', content: 'x', mtime: 5 }])
    expect([statSync(at('a')).mode & 0o7777, statSync(at('a/b')).mtimeMs]).toEqual([0o755, 0])
    apply([
      { name: 'a/', type: 'directory', mode: 0o711, mtime: 7 },
      { name: 'a/b/g', content: 'x', mtime: 8 },
    ])
    expect([statSync(at('a')).mode & 0o7777, statSync(at('a')).mtimeMs, statSync(at('a/b')).mtimeMs]).toEqual([
      0o711, 7000, 0,
    ])
  })
})

describe('one thing over another', () => {
  const things: Record<string, readonly TarEntry[]> = {
    file: [{ name: 'x', content: 'file' }],
    directory: [
      { name: 'x/', type: 'directory' },
      { name: 'x/in', content: 'in' },
    ],
    symlink: [{ name: 'x', type: 'symlink', linkName: 'elsewhere' }],
    fifo: [{ name: 'x', type: 'fifo' }],
    hardlink: [{ name: 'x', type: 'hardlink', linkName: 'target' }],
  }
  const kinds = Object.keys(things)

  test.each(kinds.flatMap((below) => kinds.map((above) => [above, below])))(
    'a %s over a %s of a layer below takes its place, except that a directory keeps what is in it',
    (above, below) => {
      const target = { name: 'target', content: 'target' }
      apply([target, ...(things[below] ?? [])])
      apply([target, ...(things[above] ?? []).filter(({ name }) => name !== 'x/in' || below !== 'directory')])
      const expected = {
        file: { x: 'file' },
        directory: { x: 'directory', 'x/in': 'in' },
        symlink: { x: 'symlink' },
        fifo: { x: 'fifo' },
        hardlink: { x: 'the' },
      }[above]
      expect(kindAndContent()).toEqual({ target: 'target', ...expected })
    },
  )

  test('of several entries for a path the last counts', () => {
    apply([
      { name: 'f', content: 'first', mode: 0o600 },
      { name: './f', content: 'second', mode: 0o640 },
      { name: '/f', content: 'third', mode: 0o644 },
    ])
    expect([readFileSync(at('f'), 'utf8'), statSync(at('f')).mode & 0o777]).toEqual(['third', 0o644])
  })

  test('a file that is linked elsewhere is replaced, and not written into', () => {
    writeFileSync(at('f'), 'below')
    linkSync(at('f'), at('other'))
    apply([{ name: 'f', content: 'above' }])
    expect([readFileSync(at('f'), 'utf8'), readFileSync(at('other'), 'utf8')]).toEqual(['above', 'below'])
  })

  test('a file below a file is refused', () => {
    expect(() =>
      apply([
        { name: 'f', content: 'x' },
        { name: 'f/g', content: 'x' },
      ]),
    ).toThrow(expect.objectContaining({ code: 'LAYER_INVALID', message: expect.stringContaining('"f/g"') }))
  })
})

describe('links', () => {
  test('hard links join names of one file, of a symbolic link as well, across directories and layers', () => {
    apply([{ name: 'below', content: 'below' }])
    apply([
      { name: 's', type: 'symlink', linkName: 'below' },
      { name: 'd/one', content: 'one' },
      { name: 'e/two', type: 'hardlink', linkName: 'd/one' },
      { name: 'three', type: 'hardlink', linkName: '/e/two' },
      { name: 's2', type: 'hardlink', linkName: 's' },
      { name: 'd/below', type: 'hardlink', linkName: 'below' },
    ])
    const inodes = ['d/one', 'e/two', 'three', 'below', 'd/below', 's', 's2'].map((path) => lstatSync(at(path)).ino)
    expect([new Set(inodes.slice(0, 3)).size, new Set(inodes.slice(3, 5)).size, new Set(inodes.slice(5)).size]).toEqual(
      [1, 1, 1],
    )
    expect(lstatSync(at('s2')).isSymbolicLink()).toBe(true)
  })

  test.each([
    ['nothing', 'nowhere', 'does not exist'],
    ['a directory', 'd', 'is a directory'],
    ['the root', '.', 'the root'],
    ['itself', 'h', 'itself'],
  ])('a hard link to %s is refused', (_what, linkName, message) => {
    const entries: TarEntry[] = [
      { name: 'd/', type: 'directory' },
      { name: 'h', content: 'x' },
    ]
    expect(() => apply([...entries, { name: 'h', type: 'hardlink', linkName }])).toThrow(
      expect.objectContaining({ code: 'LAYER_INVALID', message: expect.stringContaining(message) }),
    )
  })

  test('the parents of a name may be links within the layer', () => {
    apply([
      { name: 'usr/lib/', type: 'directory' },
      { name: 'lib', type: 'symlink', linkName: 'usr/lib' },
      { name: 'usr/local', type: 'symlink', linkName: '../lib/../lib' },
      { name: 'lib/a', content: 'a' },
      { name: 'usr/local/b', content: 'b' },
      { name: 'hard', type: 'hardlink', linkName: 'lib/a' },
    ])
    expect([
      readFileSync(at('usr/lib/a'), 'utf8'),
      readFileSync(at('usr/lib/b'), 'utf8'),
      statSync(at('hard')).nlink,
    ]).toEqual(['a', 'b', 2])
  })
})

describe('names and contents', () => {
  test('names that are no UTF-8 keep their bytes', () => {
    const bytes = tar([{ ...owner, name: 'cafX', content: 'x' }])
    bytes[bytes.indexOf('cafX') + 3] = 0xe9
    const sum = bytes
      .subarray(0, 512)
      .fill(' ', 148, 156)
      .reduce((total, byte) => total + byte, 0)
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
    unpack(bytes, root)
    expect(readFileSync(Buffer.from(`${root}/caf\u00e9`, 'latin1'), 'utf8')).toBe('x')
  })

  test.each([1, 511, 512, 1000, 65_536])('in chunks of %i bytes the same comes out', (chunkBytes) => {
    const content = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 251))
    const pax = { 'GNU.sparse.map': '0,1000,5000,1000,8191,1000', 'GNU.sparse.size': '20000' }
    const entries = [
      { name: 'f', content },
      { name: 'holes', content, pax },
      { name: 'g', content: 'end' },
    ]
    apply(entries, { chunkBytes })
    const holes = readFileSync(at('holes'))
    expect(readFileSync(at('f')).equals(content)).toBe(true)
    expect(holes.byteLength).toBe(20_000)
    expect(holes.subarray(5000, 6000).equals(content.subarray(1000, 2000))).toBe(true)
    expect(holes.subarray(8191, 9191).equals(content.subarray(2000))).toBe(true)
    expect(holes.subarray(9191).every((byte) => byte === 0)).toBe(true)
    expect(readFileSync(at('g'), 'utf8')).toBe('end')
  })

  test('holes take no room', () => {
    const pax = { 'GNU.sparse.map': '4294967296,1', 'GNU.sparse.size': '8589934592' }
    apply([{ name: 'holes', content: 'x', pax }])
    expect([statSync(at('holes')).size, statSync(at('holes')).blocks < 64]).toEqual([8_589_934_592, true])
  })
})

describe('whiteouts in one directory', () => {
  beforeEach(() => {
    mkdirSync(at('d/deep'), { recursive: true })
    for (const name of ['d/a', 'd/b', 'd/deep/c', 'e']) writeFileSync(at(name), 'below')
    symlinkSync('d', at('link'))
  })

  test('a whiteout removes a file, and a directory with all in it', () => {
    apply([{ name: 'd/.wh.a' }, { name: '.wh.e' }, { name: 'd/.wh.deep' }, { name: '.wh.nothing' }])
    expect(kindAndContent()).toEqual({ d: 'directory', 'd/b': 'below', link: 'symlink' })
  })

  test.each([true, false])(
    'an opaque directory keeps what the layer puts in it, whichever comes first: %p',
    (isFirst) => {
      const opaque = { name: 'd/.wh..wh..opq' }
      const file = { name: 'd/deep/new', content: 'above' }
      apply(isFirst ? [opaque, file] : [file, opaque])
      expect(kindAndContent()).toEqual({
        d: 'directory',
        'd/deep': 'directory',
        'd/deep/new': 'above',
        e: 'below',
        link: 'symlink',
      })
    },
  )

  test('a whiteout does not take what the layer itself has of that name', () => {
    apply([
      { name: 'd/a', content: 'above' },
      { name: 'd/.wh.a' },
      { name: 'd/', type: 'directory' },
      { name: '.wh.d' },
    ])
    expect(kindAndContent()).toEqual({ d: 'directory', 'd/a': 'above', e: 'below', link: 'symlink' })
  })

  test('a whiteout below what is no directory deletes nothing, and is no reason to refuse the layer', () => {
    apply([
      { name: 'e/.wh.x' },
      { name: 'e/.wh..wh..opq' },
      { name: 'd/deep', content: 'a file now' },
      { name: 'd/deep/.wh.c' },
      { name: 'd/deep/further/.wh.c' },
    ])
    expect(kindAndContent()).toEqual({
      d: 'directory',
      'd/a': 'below',
      'd/b': 'below',
      'd/deep': 'a file now',
      e: 'below',
      link: 'symlink',
    })
  })

  test('the bookkeeping of AUFS is no file and no whiteout', () => {
    apply([
      { name: '.wh..wh.aufs' },
      { name: '.wh..wh.orph/', type: 'directory' },
      { name: '.wh..wh.plnk/', type: 'directory' },
      { name: '.wh..wh.plnk/12.34', content: 'x' },
    ])
    expect(Object.keys(kindAndContent()).sort()).toEqual(['d', 'd/a', 'd/b', 'd/deep', 'd/deep/c', 'e', 'link'])
  })
})

test('attributes of users are kept byte for byte, and those that a directory had before are gone', () => {
  apply([{ name: 'd/', type: 'directory', pax: { 'SCHILY.xattr.user.old': '1' } }])
  apply([
    { name: 'd/', type: 'directory', pax: { 'SCHILY.xattr.user.new': 'a=b\nc' } },
    { name: 'f', content: 'x', mode: 0o444, pax: { 'SCHILY.xattr.user.f': '', 'LIBARCHIVE.xattr.user.g': 'eA' } },
  ])
  const own = (path: string) => llistxattr(at(path)).filter((name) => name.startsWith('user.'))
  expect([own('d'), own('f')]).toEqual([['user.new'], ['user.f']])
  expect([lgetxattr(at('d'), 'user.new').toString(), lgetxattr(at('f'), 'user.f').byteLength]).toEqual(['a=b\nc', 0])
})

test('descriptors are closed, also after a failure', () => {
  const open = () => readdirSync('/proc/self/fd').length
  const before = open()
  const deep: TarEntry = { name: `${'d/'.repeat(50)}f`, content: Buffer.alloc(1000) }
  apply([deep])
  expect(() => unpack(tar([{ ...owner, ...deep }]).subarray(0, 1100), root)).toThrow('ends before')
  expect(() => apply([deep, { name: '../x' }])).toThrow('leads out')
  expect(open()).toBe(before)
})

if (isRoot) {
  describe('as root', () => {
    test('owners, devices and capabilities are those of the layer', () => {
      const capability =
        '\u0001\u0000\u0000\u0002\u0000\u0020\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000'
      apply([
        {
          name: 'f',
          content: 'x',
          uid: 3_000_000,
          gid: 65_534,
          mode: 0o4755,
          pax: { 'SCHILY.xattr.security.capability': capability },
        },
        { name: 'd/', type: 'directory', uid: 7, gid: 8, mode: 0o2755 },
        { name: 'null', type: 'char', devMajor: 1, devMinor: 3, mode: 0o666, mtime: 5 },
        { name: 'disk', type: 'block', devMajor: 259, devMinor: 70_000 },
        { name: 's', type: 'symlink', linkName: 'x', uid: 9, gid: 10 },
      ])
      const of = (path: string) => {
        const { uid, gid, mode } = lstatSync(at(path))
        return [uid, gid, (mode & 0o7777).toString(8)]
      }
      expect([of('f'), of('d'), of('null')]).toEqual([
        [3_000_000, 65_534, '4755'],
        [7, 8, '2755'],
        [0, 0, '666'],
      ])
      expect(lgetxattr(at('f'), 'security.capability').toString('latin1')).toBe(capability)
      expect([deviceOf(lstatSync(at('null')).rdev), deviceOf(lstatSync(at('disk')).rdev)]).toEqual([
        { major: 1, minor: 3 },
        { major: 259, minor: 70_000 },
      ])
      expect([lstatSync(at('disk')).isBlockDevice(), lstatSync(at('null')).mtimeMs, lstatSync(at('s')).uid]).toEqual([
        true,
        5000,
        9,
      ])
    })

    test('for overlayfs whiteouts become devices 0:0, and an opaque directory gets an attribute', () => {
      apply(
        [
          { name: 'd/', type: 'directory' },
          { name: 'd/.wh..wh..opq' },
          { name: 'd/new', content: 'x' },
          { name: '.wh.gone' },
          { name: '.wh.again' },
          { name: 'again/', type: 'directory' },
        ],
        { whiteouts: 'overlay' },
      )
      expect([lstatSync(at('gone')).isCharacterDevice(), lstatSync(at('gone')).rdev]).toEqual([true, 0])
      expect(['d', 'again'].map((path) => lgetxattr(at(path), 'trusted.overlay.opaque').toString())).toEqual(['y', 'y'])
    })

    test('a directory without an entry, and a link, take what they need from the layers below', () => {
      const lower = mkdtempSync(join(tmpdir(), 'lower-'))
      try {
        mkdirSync(join(lower, 'd'))
        unpack(
          tar([
            { name: 'd/', type: 'directory', mode: 0o1711, uid: 5, mtime: 77 },
            {
              name: 'd/file',
              content: 'below',
              uid: 6,
              mode: 0o4755,
              mtime: 78,
              pax: { 'SCHILY.xattr.trusted.a': 'b' },
            },
          ]),
          lower,
          { whiteouts: 'overlay', lower: [] },
        )
        apply([{ name: 'd/link', type: 'hardlink', linkName: 'd/file' }], { whiteouts: 'overlay', lower: [lower] })
        const extra = (path: string) => llistxattr(path).join()
        const [before, after] = [readTree(lower, { extra }), readTree(root, { extra })]
        expect(after).toEqual({ ...before, 'd/link': 'the same as d/file', '.': after['.'] })
        expect(lgetxattr(at('d/link'), 'trusted.a').toString()).toBe('b')
      } finally {
        rmSync(lower, { recursive: true })
      }
    })

    test('an attribute that the file system cannot hold is PRIVILEGE_NEEDED, or left out', () => {
      const entry: TarEntry = { name: 's', type: 'symlink', linkName: 'x', pax: { 'SCHILY.xattr.user.a': 'b' } }
      expect(() => apply([entry])).toThrow(expect.objectContaining({ code: 'PRIVILEGE_NEEDED' }))
      expect(apply([entry], { unable: 'skip' }).skipped).toBe(1)
    })
  })
} else {
  console.warn('left out, for they need root: owners, devices, capabilities and overlayfs in layers')

  test('without root an owner is PRIVILEGE_NEEDED; left out, it takes setuid along', () => {
    const entry: TarEntry = { name: 'f', content: 'x', uid: 0, mode: 0o4755 }
    expect(() => apply([entry], { unable: 'refuse' })).toThrow(expect.objectContaining({ code: 'PRIVILEGE_NEEDED' }))
    expect(apply([entry], { unable: 'skip' }).skipped).toBe(1)
    expect(statSync(at('f')).mode & 0o7777).toBe(0o755)
  })
}
