/**
 * Layers that are made to do harm: each test replays an advisory, and the mutants of test/mutants/layer take out the guard
 * it exercises. Nothing outside of the directory may change: a tree beside it is compared before and after.
 * @module
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { chunked, readTree, type TarEntry, tar } from '@tsreg/testkit'
import { llistxattr } from '../../syscalls/index.ts'
import { isRoot, type UnpackOptions, unpack } from '../../testing/unpack.ts'
import { applyLayer } from './apply-layer.ts'

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

let sandbox: string
let outside: string
let root: string
let before: Record<string, string>

beforeEach(() => {
  sandbox = mkdtempSync(join(tmpdir(), 'hostile-'))
  outside = join(sandbox, 'outside')
  root = join(sandbox, 'root')
  mkdirSync(join(outside, 'directory/below'), { recursive: true })
  mkdirSync(root)
  writeFileSync(join(outside, 'secret'), 'secret', { mode: 0o600 })
  writeFileSync(join(outside, 'directory/below/file'), 'deep', { mode: 0o600 })
  before = readTree(outside)
})

afterEach(() => {
  const after = readTree(outside)
  rmSync(sandbox, { recursive: true, force: true })
  expect(after).toEqual(before)
})

function layer(...entries: readonly TarEntry[]): Buffer {
  return tar(entries.map((entry) => ({ ...owner, ...entry })))
}

const attempt = (entries: readonly TarEntry[], options?: UnpackOptions) => unpack(layer(...entries), root, options)

const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'LAYER_INVALID', message: expect.stringMatching(message) })

const contentOf = (path: string) => readFileSync(join(root, path), 'utf8')

describe('names', () => {
  test.each(['../outside/secret', 'a/../../outside/secret', '/../outside/secret', 'a/..//./../outside/secret', '..'])(
    'CVE-2007-4131 (GNU tar): the name %j, which climbs above the root, is refused',
    (name) => {
      expect(() => attempt([{ name, content: 'x' }])).toThrow(invalid(/leads out of the layer/))
    },
  )

  test('CVE-2021-32804 (node-tar): absolute names lie below the root, however many slashes they begin with', () => {
    const names = [`${outside}/secret`, `//${outside}/more`, `/./${outside}/other`]
    attempt(names.map((name) => ({ name, content: name })))
    expect([contentOf(names[0] ?? ''), contentOf(`${outside}/more`)]).toEqual([names[0], names[1]])
  })

  test('CVE-2025-62518 (tokio-tar): the size of a PAX header counts, so that no content is read as entries', () => {
    const nested = layer({ name: 'smuggled', content: 'x' })
    attempt([{ name: 'archive.tar', content: nested, claimedSize: 0, pax: { size: String(nested.byteLength) } }])
    expect(existsSync(join(root, 'smuggled'))).toBe(false)
    expect(contentOf('archive.tar')).toBe(nested.toString('utf8'))
  })

  test('a PAX header cannot give a harmless entry a name or a target that leads out', () => {
    const renamed = { name: 'harmless', content: 'x', pax: { path: '../outside/secret' } }
    expect(() => attempt([renamed])).toThrow(invalid(/leads out of the layer/))
    const relinked = { name: 'link', type: 'hardlink', linkName: 'x', pax: { linkpath: '../outside/secret' } } as const
    expect(() => attempt([relinked])).toThrow(invalid(/leads out of the layer/))
  })

  test('CVE-2021-29136 (umoci): a root that is a symbolic link is refused', () => {
    for (const name of ['.', './', '/', 'a/..']) {
      expect(() => attempt([{ name, type: 'symlink', linkName: outside }])).toThrow(invalid(/is the root/))
    }
    expect(lstatSync(root).isDirectory()).toBe(true)
  })

  test('directories nested deeper than descriptors reach are refused', () => {
    expect(() => attempt([{ name: `${'d/'.repeat(600)}file`, content: 'x' }])).toThrow(invalid(/512 directories deep/))
    expect(() => attempt([{ name: 'n'.repeat(5000), content: 'x' }])).toThrow(invalid(/more than 4095 bytes/))
    expect(() => attempt([{ name: 'n'.repeat(300), content: 'x' }])).toThrow(invalid(/too long for a file/))
  })
})

describe('symbolic links', () => {
  test('CVE-2014-6407 (Docker): a file behind an absolute link lands in the root', () => {
    attempt([
      { name: 'link', type: 'symlink', linkName: outside },
      { name: 'link/secret', content: 'inside' },
    ])
    expect(contentOf(`${outside}/secret`)).toBe('inside')
  })

  test('CVE-2014-9356 (Docker): a file behind a link with .. lands in the root', () => {
    attempt([
      { name: 'a/link', type: 'symlink', linkName: '../../../../outside' },
      { name: 'a/link/secret', content: 'inside' },
    ])
    expect(contentOf('outside/secret')).toBe('inside')
  })

  test('an absolute link begins at the root, and not where it lies', () => {
    attempt([
      { name: 'deep/er/link', type: 'symlink', linkName: '/target' },
      { name: 'deep/er/link/file', content: 'x' },
    ])
    expect(contentOf('target/file')).toBe('x')
  })

  test('CVE-2021-37701 (node-tar): a directory that becomes a link is not taken for the directory any more', () => {
    attempt([
      { name: 'd/', type: 'directory' },
      { name: 'd/first', content: 'x' },
      { name: 'd', type: 'symlink', linkName: outside },
      { name: 'd/secret', content: 'inside' },
    ])
    expect(contentOf(`${outside}/secret`)).toBe('inside')
  })

  test('CVE-2021-32803 (node-tar): a file over a link replaces the link', () => {
    attempt([
      { name: 'f', type: 'symlink', linkName: `${outside}/secret` },
      { name: 'f', content: 'inside' },
    ])
    expect([lstatSync(join(root, 'f')).isFile(), contentOf('f')]).toEqual([true, 'inside'])
  })

  test('a directory over a link replaces the link', () => {
    attempt([
      { name: 'd', type: 'symlink', linkName: outside },
      { name: 'd/', type: 'directory', mode: 0o777 },
      { name: 'd/secret', content: 'inside' },
    ])
    expect([lstatSync(join(root, 'd')).isDirectory(), contentOf('d/secret')]).toEqual([true, 'inside'])
  })

  test('CVE-2021-32760 (containerd): a hard link to a symbolic link changes no mode behind it', () => {
    attempt([
      { name: 's', type: 'symlink', linkName: `${outside}/secret`, mode: 0o777 },
      { name: 'h', type: 'hardlink', linkName: 's', mode: 0o4777 },
    ])
    expect(lstatSync(join(root, 'h')).isSymbolicLink()).toBe(true)
  })

  test('CVE-2021-31566 (libarchive): what a directory gets last is not given to a link in its place', () => {
    attempt([
      { name: 'd/', type: 'directory', mode: 0o111, mtime: 1_000_000_000 },
      { name: 'd', type: 'symlink', linkName: `${outside}/directory`, mtime: 1_500_000_000 },
    ])
    expect(lstatSync(join(root, 'd')).mtimeMs).toBe(1_500_000_000_000)
  })

  test('a chain of more links than the kernel follows is refused', () => {
    const chain = Array.from({ length: 60 }, (_, at): TarEntry => {
      return { name: `l${at}`, type: 'symlink', linkName: at === 59 ? 'end' : `l${at + 1}` }
    })
    expect(() => attempt([...chain, { name: 'l0/file', content: 'x' }])).toThrow(invalid(/more than 40 symbolic links/))
    const circle: TarEntry[] = [
      { name: 'a', type: 'symlink', linkName: 'b' },
      { name: 'b', type: 'symlink', linkName: 'a' },
    ]
    expect(() => attempt([...circle, { name: 'a/file', content: 'x' }])).toThrow(invalid(/more than 40/))
  })

  test('CVE-2018-15664 (Docker): a directory exchanged for a link while the layer is unpacked leads nowhere else', () => {
    const entries: TarEntry[] = [
      { name: 'a/b/first', content: 'x' },
      { name: 'c/elsewhere', content: 'x' },
      { name: 'a/b/secret', content: 'inside' },
    ]
    attempt(entries, {
      before: (entry) => {
        if (entry !== 3) return
        renameSync(join(root, 'a/b'), join(root, 'a/moved'))
        symlinkSync(outside, join(root, 'a/b'))
      },
    })
    expect(contentOf(`${outside}/secret`)).toBe('inside')
  })

  test('a directory exchanged for a link while it is open stays the directory it was', () => {
    attempt(
      [
        { name: 'a/b/first', content: 'x' },
        { name: 'a/b/secret', content: 'inside' },
      ],
      {
        before: (entry) => {
          if (entry !== 2) return
          renameSync(join(root, 'a/b'), join(root, 'a/moved'))
          symlinkSync(outside, join(root, 'a/b'))
        },
      },
    )
    expect(contentOf('a/moved/secret')).toBe('inside')
  })
})

describe('hard links', () => {
  test.each(['../outside/secret', '/../outside/secret'])(
    'CVE-2014-6407 (Docker): a hard link to %j is refused',
    (linkName) => {
      expect(() => attempt([{ name: 'h', type: 'hardlink', linkName }])).toThrow(invalid(/leads out of the layer/))
    },
  )

  test('a hard link to an absolute path is looked for in the root', () => {
    expect(() => attempt([{ name: 'h', type: 'hardlink', linkName: `${outside}/secret` }])).toThrow(
      invalid(/does not exist/),
    )
  })

  test('CVE-2014-6407 (Docker): a hard link through a symbolic link finds nothing outside', () => {
    expect(() =>
      attempt([
        { name: 's', type: 'symlink', linkName: outside },
        { name: 'h', type: 'hardlink', linkName: 's/secret' },
      ]),
    ).toThrow(invalid(/does not exist/))
  })

  test('a file over a hard link does not write into the file that is linked', () => {
    attempt([
      { name: 'original', content: 'original' },
      { name: 'h', type: 'hardlink', linkName: 'original' },
      { name: 'h', content: 'another' },
    ])
    expect([contentOf('original'), contentOf('h')]).toEqual(['original', 'another'])
  })

  test('a lower layer with links leads a copied file nowhere else', () => {
    const lower = join(sandbox, 'lower')
    mkdirSync(lower)
    symlinkSync(outside, join(lower, 's'))
    const link = { name: 'h', type: 'hardlink', linkName: 's/secret' } as const
    expect(() => attempt([link], { whiteouts: 'overlay', lower: [lower] })).toThrow(invalid(/does not exist/))
  })
})

describe('whiteouts', () => {
  test('a whiteout of .. and one of nothing are refused', () => {
    mkdirSync(join(root, 'd'))
    writeFileSync(join(root, 'keep'), '')
    for (const name of ['d/.wh...', 'd/.wh..', 'd/.wh.', '.wh...']) {
      expect(() => attempt([{ name }])).toThrow(invalid(/whiteout of no file/))
    }
    expect(existsSync(join(root, 'keep'))).toBe(true)
  })

  test('CVE-2024-23652 (BuildKit): a whiteout behind a symbolic link removes nothing outside', () => {
    symlinkSync(outside, join(root, 'link'))
    attempt([{ name: 'link/.wh.secret' }, { name: 'link/directory/.wh.below' }, { name: 'link/.wh..wh..opq' }])
    expect(lstatSync(join(root, 'link')).isSymbolicLink()).toBe(true)
  })

  test('a whiteout of a symbolic link removes the link and nothing behind it', () => {
    symlinkSync(outside, join(root, 'link'))
    mkdirSync(join(root, 'd'))
    symlinkSync(outside, join(root, 'd/link'))
    attempt([{ name: '.wh.link' }, { name: '.wh.d' }])
    expect(Object.keys(readTree(root))).toEqual(['.'])
  })

  test('what stands in the way is removed without following the links in it', () => {
    mkdirSync(join(root, 'd'))
    symlinkSync(join(outside, 'directory'), join(root, 'd/link'))
    attempt([{ name: 'd', content: 'now a file' }])
    expect(contentOf('d')).toBe('now a file')
  })

  test('a file below a whiteout is refused', () => {
    expect(() => attempt([{ name: '.wh.d/file', content: 'x' }])).toThrow(invalid(/below a whiteout/))
  })
})

describe('sizes', () => {
  const small = { maxSizeBytes: 1_000_000, maxEntries: 100, maxRatio: 200, freeBytes: 100_000 }
  const zeros = tar([{ name: 'zeros', content: Buffer.alloc(50_000_000), ...owner }])

  test.each([
    ['gzip', gzipSync(zeros)],
    ['zstd', zstdCompressSync(zeros)],
  ])('CVE-2025-32386 (Helm): a %s bomb ends at the ratio, before it is unpacked', async (_name, bomb) => {
    expect(zeros.byteLength / bomb.byteLength).toBeGreaterThan(900)
    const limits = { ...small, maxSizeBytes: 1e12 }
    await expect(applyLayer(chunked(bomb, 1000), root, { whiteouts: 'remove', limits })).rejects.toMatchObject({
      code: 'LAYER_TOO_LARGE',
      message: expect.stringContaining('maxRatio is 200'),
    })
    expect(statSync(join(root, 'zeros')).size).toBeLessThan(bomb.byteLength * 200 + 1_000_000)
  })

  test('a layer beyond the size limit ends there', async () => {
    const limits = { ...small, maxRatio: 1e9 }
    await expect(applyLayer(chunked(zeros, 65_536), root, { whiteouts: 'remove', limits })).rejects.toMatchObject({
      code: 'LAYER_TOO_LARGE',
      message: expect.stringContaining('maxSizeBytes is 1000000'),
    })
    expect(statSync(join(root, 'zeros')).size).toBeLessThan(1_100_000)
  })

  test('a layer of more entries than the limit ends there', () => {
    const entries = Array.from({ length: 101 }, (_, at): TarEntry => ({ name: `f${at}` }))
    expect(() => attempt(entries, { limits: small })).toThrow(
      expect.objectContaining({ code: 'LAYER_TOO_LARGE', message: expect.stringContaining('maxEntries is 100') }),
    )
    expect(existsSync(join(root, 'f100'))).toBe(false)
  })

  test('a file that claims more bytes than follow is refused, and takes no room', async () => {
    const bytes = layer({ name: 'liar', content: 'x', claimedSize: 8 * 1024 ** 3 })
    await expect(applyLayer(chunked(bytes, 512), root, { whiteouts: 'remove' })).rejects.toMatchObject({
      code: 'LAYER_INVALID',
      message: expect.stringContaining('ends before the content of "liar"'),
    })
    expect(statSync(join(root, 'liar')).blocks).toBeLessThan(16)
  })

  test('CVE-2022-2879 (Go archive/tar): an extended header of megabytes is refused before it is read', async () => {
    const bytes = layer({ name: 'f', pax: { comment: 'c'.repeat(2_000_000) } })
    await expect(applyLayer(chunked(bytes, 65_536), root, { whiteouts: 'remove' })).rejects.toMatchObject({
      code: 'LAYER_INVALID',
      message: expect.stringContaining('the limit is 1048576'),
    })
  })

  test('CVE-2025-58183 (Go archive/tar): a sparse file with a map of millions of parts is refused', () => {
    const map = `2000000\n${'0\n'.repeat(5_000)}`
    const pax = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '100' }
    expect(() => attempt([{ name: 'f', content: map, pax }])).toThrow(/more than 1000000 parts/)
  })

  test('CVE-2014-9357 (Docker): a layer compressed by xz is refused, and no program is started for it', async () => {
    const xz = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4])
    await expect(applyLayer(chunked(xz, 8), root, { whiteouts: 'remove' })).rejects.toMatchObject({
      code: 'ARCHIVE_UNSUPPORTED',
      message: expect.stringContaining('xz'),
    })
  })
})

describe('owners and attributes', () => {
  test('an owner that means "leave it" to the kernel, and one that is none, are refused', () => {
    for (const uid of [4_294_967_295, -1, 4_294_967_296]) {
      expect(() => attempt([{ name: 'f', content: 'x', uid }])).toThrow(invalid(/has the owner/))
    }
    expect(() => attempt([{ name: 'f', pax: { gid: '1.5' } }])).toThrow(invalid(/has the owner/))
  })

  test('a time beyond what the kernel has is refused', () => {
    expect(() => attempt([{ name: 'f', pax: { mtime: '9999999999999999999' } }])).toThrow(invalid(/has the time/))
  })
})

if (isRoot) {
  describe('as root', () => {
    test('a file over a device replaces it, and nothing is written to the device', () => {
      attempt([
        { name: 'full', type: 'char', devMajor: 1, devMinor: 7 },
        { name: 'full', content: 'inside' },
      ])
      expect([lstatSync(join(root, 'full')).isFile(), contentOf('full')]).toEqual([true, 'inside'])
    })

    test('a device behind a symbolic link is made in the root', () => {
      attempt([
        { name: 'dev', type: 'symlink', linkName: outside },
        { name: 'dev/null', type: 'char', devMajor: 1, devMinor: 3 },
      ])
      expect(lstatSync(join(root, outside, 'null')).isCharacterDevice()).toBe(true)
    })

    test('the owner and the times of a symbolic link are its own', () => {
      attempt([{ name: 's', type: 'symlink', linkName: `${outside}/secret`, uid: 1234, gid: 1234, mtime: 7 }])
      expect(lstatSync(join(root, 's'))).toMatchObject({ uid: 1234, mtimeMs: 7000 })
    })

    test('orders to overlayfs are not taken from a layer', () => {
      const names = [
        'trusted.overlay.redirect',
        'trusted.overlay.opaque',
        'trusted.overlay.metacopy',
        'user.overlay.opaque',
      ]
      const pax = Object.fromEntries(names.map((name) => [`SCHILY.xattr.${name}`, '/']))
      attempt([{ name: 'd/', type: 'directory', pax: { ...pax, 'SCHILY.xattr.trusted.other': 'kept' } }])
      const attributes = readTree(root, { extra: (path) => llistxattr(path).join() })
      expect(attributes.d).toMatch(/ trusted\.other$/)
    })
  })
} else {
  console.warn('left out, for they need root: hostile layers with devices, owners and attributes')
}
