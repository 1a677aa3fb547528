/**
 * Archives that ADD unpacks: nothing of them gets out of the destination, and none takes more than archives take.
 * @module
 */

import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type TarEntry, tar } from '@tsreg/testkit'
import { assertEqual, assertThat } from '../../harness/report.ts'
import { type Attack, assertDone, assertHarmless, assertRefused, assertSettled, type Scene } from '../attack.ts'
import { bzip2, xz } from '../compressed.ts'
import { linkTo } from '../hostile-base.ts'

const names = 'packages/builder/src/copy/place-archive.ts safeName'
const below = 'packages/builder/src/copy/place-archive.ts pathBelow'
const hardLinks = 'packages/builder/src/copy/place-archive.ts linkedFile'
const limits = 'packages/builder/src/copy/archive-limits.ts withinLimits'

export const archiveAttacks: readonly Attack[] = [
  {
    title: 'ADD of an archive with names that climb is refused, in every compression',
    advisory: 'CVE-2020-10696 (Buildah)',
    guard: names,
    mutant: 'builder/names-of-an-archive-stay-inside',
    async attempt(scene) {
      const climbing = tar([{ name: `${scene.outside.climbing}/secret`, content: 'x' }])
      const packed = [
        climbing,
        gzipSync(climbing),
        zstdCompressSync(climbing),
        await bzip2(climbing),
        await xz(climbing),
      ]
      for (const bytes of packed) assertRefused(await add(scene, bytes), /has an entry outside of itself/)
      const renamed = [{ name: 'harmless', content: 'x', pax: { path: '../../secret' } }]
      assertRefused(await add(scene, tar(renamed)), /has an entry outside of itself/)
    },
  },
  {
    title: 'ADD of an archive with absolute names unpacks them below the destination',
    advisory: 'CVE-2021-32804 (node-tar)',
    guard: 'packages/builder/src/copy/place-archive.ts placeArchive',
    mutant: 'builder/absolute-names-of-an-archive-stay-inside',
    async attempt(scene) {
      const name = `//${scene.outside.path}/secret`
      assertDone(await add(scene, tar([{ name, content: 'inside' }])))
      assertEqual(await scene.content(`t${scene.outside.path}/secret`), 'inside', 'the file')
    },
  },
  {
    title: 'ADD of an archive with chains of links keeps everything below the destination',
    advisory: 'CVE-2025-45582 (GNU tar)',
    guard: below,
    mutant: 'builder/links-of-an-archive-stay-in-the-destination',
    async attempt(scene) {
      const { climbing, path } = scene.outside
      const chain = [linkTo('a', '.'), linkTo('b', `a/${climbing}`), linkTo('c', path)]
      const files = [
        { name: 'b/secret', content: 'inside' },
        { name: 'c/secret', content: 'inside' },
      ]
      assertDone(await add(scene, tar([...chain, ...files])))
      const outsiders = [...(await scene.built()).keys()].filter((name) => name !== 't' && !name.startsWith('t/'))
      assertEqual(outsiders.join(' '), '', 'what lies beside the destination')
    },
  },
  {
    title: 'ADD of an archive over links of the image keeps everything below the destination',
    advisory: 'CVE-2014-9356 (Docker)',
    guard: below,
    mutant: 'builder/links-of-an-archive-stay-in-the-destination',
    async attempt(scene) {
      const links = [linkTo('t/l', scene.outside.climbing), linkTo('t/p', '/proc/self/root')]
      const image = await scene.publish({ layers: [tar([{ name: 't/', type: 'directory' }, ...links])] })
      const files = ['l/secret', 'p/secret'].map((name) => ({ name, content: 'inside' }))
      assertDone(await add(scene, tar(files), image))
      for (const path of [`t${scene.outside.path}/secret`, 't/proc/self/root/secret']) {
        assertEqual(await scene.content(path), 'inside', path)
      }
    },
  },
  {
    title: 'ADD of an archive with hard links to files outside is refused',
    advisory: 'CVE-2014-6407 (Docker)',
    guard: hardLinks,
    mutant: 'builder/a-hard-link-leads-to-a-file-of-the-archive',
    async attempt(scene) {
      const { path, climbing } = scene.outside
      const hard = (linkName: string, ...before: readonly TarEntry[]) =>
        add(scene, tar([...before, { name: 'h', type: 'hardlink', linkName }]))
      assertRefused(await hard(`${climbing}/secret`), /outside of itself/)
      assertRefused(await hard(`${path}/secret`), /is a hard link to .*, which the archive does not have/)
      assertRefused(await hard('l/secret', linkTo('l', path)), /which the archive does not have/)
      const relinked = [
        { name: 'h', type: 'hardlink', linkName: 'x', pax: { linkpath: `${climbing}/secret` } },
      ] as const
      assertRefused(await add(scene, tar(relinked)), /outside of itself/)
      const toDirectory = [{ name: 'd/', type: 'directory' }] as const
      assertRefused(await hard('d', ...toDirectory), /which the archive does not have/)
    },
  },
  {
    title: 'ADD of an archive with names of whiteouts deletes nothing',
    advisory: 'CVE-2024-23652 (BuildKit)',
    guard: 'packages/image/src/layer/write/tar-entries.ts checkPath',
    mutant: 'layer/the-reserved-names',
    async attempt(scene) {
      for (const name of ['.wh.secret', '.wh...', 'd/.wh..wh..opq', '.wh..wh.plnk/file']) {
        assertRefused(await add(scene, tar([{ name, content: '' }])), /mark deleted files/)
      }
    },
  },
  {
    title: 'ADD of an archive that gives orders to overlayfs puts none of them into the layer',
    advisory: 'CWE-269',
    guard: 'packages/image/src/layer/write/entry.ts isLayerXattr',
    mutant: 'layer/the-attributes-of-layers',
    async attempt(scene) {
      const pax = { 'SCHILY.xattr.trusted.overlay.redirect': '/etc', 'SCHILY.xattr.user.overlay.opaque': 'y' }
      assertDone(await add(scene, tar([{ name: 'd/', type: 'directory', pax }])))
      assertThat(!(await scene.layers()).includes('overlay'), 'the layer has marks of overlayfs')
    },
  },
  {
    title: 'ADD of an archive that lies about sizes is refused or copied as a file',
    advisory: 'CVE-2025-62518 (tokio-tar)',
    guard: 'packages/image/src/layer/tar/read.ts readTarEntries',
    mutant: 'layer/the-end-of-placed-contents',
    async attempt(scene) {
      const liar = tar([{ name: 'liar', content: 'x', claimedSize: 8 * 1024 ** 3 }])
      assertRefused(await add(scene, liar), /the archive ends before the content/)
      const nested = tar([{ name: 'smuggled', content: 'x' }])
      const pax = { size: String(nested.byteLength) }
      assertDone(await add(scene, tar([{ name: 'archive.tar', content: nested, claimedSize: 0, pax }])))
      assertThat(!(await scene.built()).has('t/smuggled'), 'content was read as an entry')
    },
  },
  {
    title: 'ADD of an archive with devices, odd owners and odd names ends in a layer or in an error',
    advisory: 'CVE-2022-2879 (Go archive/tar)',
    guard: 'packages/image/src/layer/tar/decoder.ts header',
    mutant: 'layer/the-limit-of-extended-headers',
    async attempt(scene) {
      const odd: readonly (readonly TarEntry[])[] = [
        [
          { name: 'full', type: 'char', devMajor: 1, devMinor: 7 },
          { name: 'full', content: 'x' },
        ],
        [{ name: 'f', content: 'x', uid: -1, gid: 4_294_967_295 }],
        [{ name: 'f', content: 'x', mtime: -1 }],
        [{ name: 'f', content: 'x', pax: { mtime: '9'.repeat(30) } }],
        [{ name: 'f', content: 'x', pax: { path: 'a\0b' } }],
        [{ name: 'l', type: 'symlink', linkName: 'x', pax: { linkpath: 'a\0b' } }],
        [{ name: 'd/'.repeat(1500), type: 'directory' }],
        [{ name: 'x'.repeat(5000), content: 'x' }],
        [
          { name: 'e\u001b[31m', content: 'x' },
          { name: '../\u001b]0;x\u0007', content: 'x' },
        ],
      ]
      const long = [{ name: 'f', content: 'x', pax: { comment: 'c'.repeat(2_000_000) } }]
      assertRefused(await add(scene, tar(long)), /an extended header has/)
      for (const entries of odd) {
        const result = await add(scene, tar(entries))
        assertSettled(result)
        assertHarmless(result)
      }
    },
  },
  {
    title: 'ADD of a gzip bomb ends at the ratio that archives have',
    advisory: 'CVE-2025-32386 (Helm)',
    guard: limits,
    mutant: 'builder/the-ratio-of-archives',
    attempt: (scene) => bomb(scene, async (zeros) => gzipSync(zeros)),
  },
  {
    title: 'ADD of a zstd bomb ends at the ratio that archives have',
    advisory: 'CVE-2025-32386 (Helm)',
    guard: limits,
    mutant: 'builder/the-ratio-of-archives',
    isLong: true,
    attempt: (scene) => bomb(scene, async (zeros) => zstdCompressSync(zeros)),
  },
  {
    title: 'ADD of a bzip2 bomb ends at the ratio that archives have',
    advisory: 'CVE-2025-32386 (Helm)',
    guard: limits,
    mutant: 'builder/the-ratio-of-archives',
    isLong: true,
    attempt: (scene) => bomb(scene, bzip2),
  },
  {
    title: 'ADD of an xz bomb ends at the ratio that archives have',
    advisory: 'CVE-2025-32386 (Helm)',
    guard: limits,
    mutant: 'builder/the-ratio-of-archives',
    isLong: true,
    attempt: (scene) => bomb(scene, xz),
  },
]

async function add(scene: Scene, archive: Uint8Array, image = 'scratch') {
  await scene.write('archive', archive)
  return scene.build([`FROM ${image}`, 'ADD archive /t/'])
}

/** The header of a file of 8 GiB, and what of it makes the limit reached: zeros in parts, each compressed on its own. */
async function bomb(scene: Scene, compress: (zeros: Uint8Array) => Promise<Uint8Array>): Promise<void> {
  const header = tar([{ name: 'zeros', claimedSize: 8 * 1024 ** 3 }]).subarray(0, 512)
  const zeros = await compress(Buffer.alloc(64 * 1024 ** 2))
  const parts = Array.from({ length: 20 }, () => zeros)
  const bytes = Buffer.concat([await compress(Buffer.concat([header, Buffer.alloc(64 * 1024 ** 2)])), ...parts])
  assertRefused(await add(scene, bytes), /bytes out of each compressed byte; the limit is 200/)
}
