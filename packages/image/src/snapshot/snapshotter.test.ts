import { existsSync, readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Digest, descriptorOf, digestOf } from '@tsreg/oci'
import { chainIds } from '@tsreg/oci/image'
import { collectItems, type TempDir, tar, tempDir } from '@tsreg/testkit'
import { openImageStore } from '../images/store.ts'
import type { Layout } from '../layout/layout.ts'
import { inSnapshot, mayMountOverlays } from '../testing/in-overlay.ts'
import { listTree } from '../testing/list-tree.ts'
import { dir, file, gone, link, stackOf } from '../testing/stacks.ts'
import { openSnapshotter } from './open.ts'
import type { LayerStack, Snapshotter } from './snapshotter.ts'

/** A contract: both kinds must show the same. */
const kinds: Snapshotter['kind'][] = ['directory']
if (process.getuid?.() !== 0) {
  kinds.pop()
  console.warn('left out, for they need root: snapshots')
} else if (await mayMountOverlays(tmpdir(), 'snapshots of kind overlay')) kinds.push('overlay')

const base = [
  dir('dir'),
  file('dir/kept', 'kept\n'),
  file('dir/old', 'old\n'),
  dir('dir/sub'),
  file('dir/sub/deep', 'deep\n'),
  dir('etc', { mode: 0o750, gid: 7 }),
  file('etc/passwd', 'root:x:0:0\n'),
  file('replaced', 'a file\n'),
  file('setuid', 'program', { mode: 0o4755, uid: 5 }),
]
const middle = [
  dir('dir'),
  file('dir/new', 'new\n', { xattrs: new Map([['user.note', Buffer.from('x')]]) }),
  gone('dir/old'),
  { path: 'dir/other', type: 'hardlink', target: 'dir/new', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const,
  dir('dir/sub', { opaque: true }),
  file('dir/sub/only', 'only\n'),
  link('link', 'dir/new'),
  dir('replaced'),
  file('replaced/inside', 'inside\n'),
]

for (const kind of kinds) {
  describe(`snapshots of kind ${kind}`, () => {
    let directory: TempDir
    let store: Layout
    let snapshots: Snapshotter
    beforeEach(async () => {
      directory = await tempDir()
      store = await openImageStore(directory.join('images'))
      snapshots = await openSnapshotter(directory.join('snapshots'), { kind, durable: false })
    })
    afterEach(async () => directory[Symbol.asyncDispose]())

    const unpacked = async (stack: LayerStack) => (await snapshots.unpack(store, stack)) as Digest
    const changesOf = async (key: string) =>
      (await collectItems(snapshots.changes(key))).map((change) => `${change.kind[0]?.toUpperCase()} ${change.path}`)
    /** The tree that a container sees. */
    const seen = async (key: string) => {
      const listing = directory.join(`${key}.tar`)
      await inSnapshot(await snapshots.open(key), `tar --xattrs --one-file-system -cf '${listing}' .`)
      return listing
    }
    const treeOf = async (key: string) => {
      const tar = await seen(key)
      const into = directory.join(`${key}-tree`)
      const { execFileSync } = await import('node:child_process')
      execFileSync('sh', ['-ec', `mkdir '${into}' && tar --xattrs --xattrs-include='*' -xpf '${tar}' -C '${into}'`])
      return listTree(into)
    }

    test('layers are unpacked one above the other', async () => {
      const top = await unpacked(await stackOf(store, base, middle))
      const snapshot = await snapshots.create('a', top)
      const listing = await inSnapshot(
        snapshot,
        "find . -path './dev*' -prune -o -type f -exec sh -c 'echo $1 $(cat $1)' x '{}' ';'",
      )
      expect(
        listing
          .split('\n')
          .filter((line) => !/etc\/(host|resolv)/.test(line))
          .sort(),
      ).toEqual([
        '',
        './dir/kept kept',
        './dir/new new',
        './dir/other new',
        './dir/sub/only only',
        './etc/passwd root:x:0:0',
        './replaced/inside inside',
        './setuid program',
      ])
    })

    test('has, lookup and names tell what is in place', async () => {
      const stack = await stackOf(store, base, middle)
      const [, top = digestOf('')] = chainIds(stack.diffIds)
      expect(await snapshots.has(top)).toBe(false)
      await expect(snapshots.lookup(top, '/dir')).rejects.toMatchObject({ code: 'CHAIN_UNKNOWN' })
      expect(await unpacked(stack)).toBe(top)
      expect(await snapshots.has(top)).toBe(true)
      expect(await snapshots.lookup(top, '/setuid')).toMatchObject({
        type: 'file',
        mode: 0o4755,
        uid: 5,
        sizeBytes: 7,
        mtime: 1_700_000_000,
      })
      expect(await snapshots.lookup(top, '/dir/old')).toBeUndefined()
      expect(await snapshots.lookup(top, 'dir/sub/deep')).toBeUndefined()
      expect(await snapshots.lookup(top, '/link/x')).toBeUndefined()
      expect(await snapshots.lookup(top, '/link')).toMatchObject({ type: 'symlink' })
      expect(readFileSync((await snapshots.lookup(top, 'dir/kept'))?.location ?? '', 'utf8')).toBe('kept\n')
      expect(await snapshots.names(top, '/')).toEqual(['dir', 'etc', 'link', 'replaced', 'setuid'])
      expect(await snapshots.names(top, '/dir')).toEqual(['kept', 'new', 'other', 'sub'])
      expect(await snapshots.names(top, '/setuid')).toEqual([])
    })

    test('what mounts cover is there, and in no diff', async () => {
      const top = await unpacked(await stackOf(store, base))
      const snapshot = await snapshots.create('a', top)
      expect(
        await inSnapshot(snapshot, 'ls -d proc sys dev dev/console etc/hosts; readlink etc/mtab; stat -c "%a %g" etc'),
      ).toBe('dev\ndev/console\netc/hosts\nproc\nsys\n/proc/mounts\n750 7\n')
      expect(await changesOf('a')).toEqual([])
      expect(await snapshots.commit('a', store)).toBeUndefined()
      expect(await collectItems(snapshots.list())).toEqual([])
    })

    test('changes are told as docker diff tells them', async () => {
      const top = await unpacked(
        await stackOf(store, [
          dir('d'),
          file('d/old', '1'),
          dir('d/sub'),
          file('d/sub/x', '1'),
          dir('deep'),
          dir('deep/a'),
          dir('deep/a/b'),
          file('deep/a/b/m', '4'),
          dir('e'),
          file('e/keep', '2'),
          dir('f'),
          dir('f/g'),
          file('f/g/file', '3'),
          file('swap', 'x'),
          dir('tree'),
          file('tree/x', 'x'),
        ]),
      )
      const snapshot = await snapshots.create('a', top)
      await inSnapshot(
        snapshot,
        `rm -r d; mkdir d; echo n >d/new; printf x >f/g/file; rm e/keep; echo q >q; mkdir -p n/o; chmod 700 deep/a
        ln -s x deep/lnk; rm etc/mtab; rm swap; mkdir swap; echo in >swap/in; rm -r tree; echo file >tree`,
      )
      expect(await changesOf('a')).toEqual([
        'M /d',
        'A /d/new',
        'D /d/old',
        'D /d/sub',
        'M /deep',
        'M /deep/a',
        'A /deep/lnk',
        'M /e',
        'D /e/keep',
        'M /etc',
        'D /etc/mtab',
        'M /f',
        'M /f/g',
        'M /f/g/file',
        'A /n',
        'A /n/o',
        'A /q',
        'M /swap',
        'A /swap/in',
        'M /tree',
      ])
    })

    test('a file that was touched or opened and is as before is no change; one with its old time and new content is', async () => {
      const top = await unpacked(await stackOf(store, base))
      const snapshot = await snapshots.create('a', top)
      await inSnapshot(
        snapshot,
        `touch -r dir/old time; echo OLD >dir/old; touch -r time dir/old; rm time; chmod 600 dir/kept; chmod 644 dir/kept
        touch dir/sub/deep; touch -d @1700000000 dir/sub/deep`,
      )
      expect(await changesOf('a')).toEqual(['M /dir', 'M /dir/old'])
    })

    test('a committed layer is unpacked elsewhere to what the snapshot showed, and has what docker would have put into it', async () => {
      const stack = await stackOf(store, base, middle)
      const top = await unpacked(stack)
      const snapshot = await snapshots.create('a', top)
      await inSnapshot(
        snapshot,
        `rm -r dir/sub; mkdir -m 1777 dir/sub; echo x >dir/sub/x; ln dir/sub/x dir/y; rm setuid; mknod dir/null c 1 3; mkfifo pipe
        setfattr -n user.k -v v dir/y; chmod 4711 dir/y; chown 3:4 dir/y; ln -s /nowhere dangling; echo changed >etc/passwd`,
      )
      const committed = await snapshots.commit('a', store)
      expect(committed?.chainId).toBe(digestOf(`${top} ${committed?.diffId}`))
      expect(await collectItems(snapshots.list())).toEqual([])
      await snapshots.create('moved', committed?.chainId)
      const other = await openSnapshotter(directory.join('other'), { kind, durable: false })
      const whole = {
        layers: [...stack.layers, committed?.descriptor as LayerStack['layers'][0]],
        diffIds: [...stack.diffIds, committed?.diffId as Digest],
      }
      expect(await other.unpack(store, whole)).toBe(committed?.chainId)
      const there = snapshots
      const shown = await treeOf('moved')
      snapshots = other
      await snapshots.create('unpacked', committed?.chainId)
      expect(await treeOf('unpacked')).toEqual(shown)
      snapshots = there
      expect(shown.join('\n')).toMatch(/^dangling: symlink .* -> \/nowhere$/m)
    })

    test('a writable layer is opened, listed and removed', async () => {
      const top = await unpacked(await stackOf(store, base))
      const made = await snapshots.create('a', top)
      await snapshots.create('b', undefined)
      expect(await snapshots.open('a')).toEqual(made)
      expect(await collectItems(snapshots.list())).toEqual(['a', 'b'])
      await expect(snapshots.create('a', top)).rejects.toMatchObject({ code: 'SNAPSHOT_EXISTS' })
      await snapshots.remove('a')
      await snapshots.remove('a')
      await expect(snapshots.open('a')).rejects.toMatchObject({ code: 'SNAPSHOT_UNKNOWN' })
      await expect(snapshots.create('c', digestOf('nothing'))).rejects.toMatchObject({ code: 'CHAIN_UNKNOWN' })
      await expect(snapshots.create('../c', top)).rejects.toThrow('the key of a snapshot is "../c"')
      expect(await collectItems(snapshots.list())).toEqual(['b'])
    })

    test('prune removes layers that nothing stands on, and no others', async () => {
      const kept = await unpacked(await stackOf(store, base, middle))
      const used = await unpacked(await stackOf(store, base, [file('used', 'x')]))
      const unused = await unpacked(await stackOf(store, base, [file('unused', 'x')]))
      await snapshots.create('a', used)
      expect(await snapshots.prune([kept])).toEqual({ removed: [unused] })
      expect([await snapshots.has(kept), await snapshots.has(used), await snapshots.has(unused)]).toEqual([
        true,
        true,
        false,
      ])
      await snapshots.remove('a')
      expect((await snapshots.prune([])).removed).toContain(kept)
      expect(await readdir(directory.join('snapshots/layers'))).toEqual([])
      expect(await readdir(directory.join('snapshots/removed'))).toEqual([])
      expect(existsSync(directory.join('snapshots/l')) ? await readdir(directory.join('snapshots/l')) : []).toEqual([])
    })

    test('a layer that is not what the config says is refused, and leaves nothing in place', async () => {
      const stack = await stackOf(store, base, middle)
      const wrong = { ...stack, diffIds: [stack.diffIds[0] as Digest, digestOf('something else')] }
      await expect(snapshots.unpack(store, wrong)).rejects.toMatchObject({
        code: 'DIGEST_INVALID',
        message: expect.stringContaining(`unpacks to diff ID ${stack.diffIds[1]}; the image config says`),
      })
      expect(await snapshots.has(chainIds(wrong.diffIds)[1] as Digest)).toBe(false)
      expect(await unpacked(stack)).toBe(chainIds(stack.diffIds)[1])
    })

    test('a layer that says nothing of the root leaves it as the layers below have it, unpacked and committed', async () => {
      const root = tar([{ name: './', type: 'directory', uid: 0, gid: 0, mode: 0o711, mtime: 1_600_000_000 }])
      const descriptor = descriptorOf('application/vnd.oci.image.layer.v1.tar', root)
      await store.push(descriptor, async () => Readable.from([root]))
      const above = await stackOf(store, [file('a', 'x')])
      const top = await unpacked({
        layers: [descriptor, ...above.layers],
        diffIds: [digestOf(root), ...above.diffIds],
      })
      const expected = { type: 'directory', mode: 0o711, uid: 0, mtime: 1_600_000_000 }
      expect(await snapshots.lookup(top, '/')).toMatchObject(expected)
      await inSnapshot(await snapshots.create('a', top), 'echo b >b')
      const committed = await snapshots.commit('a', store)
      expect(await snapshots.lookup(committed?.chainId as Digest, '/')).toMatchObject(expected)
    })

    test('the root directory has the attributes that the image gives it', async () => {
      const top = await unpacked(await stackOf(store, base))
      const snapshot = await snapshots.create('a', top)
      expect((await inSnapshot(snapshot, 'stat -c "%a %u" .')).trim()).toBe(
        `${(statSync(join(directory.path, 'snapshots/layers', top.slice(7), 'fs')).mode & 0o7777).toString(8)} 0`,
      )
    })
  })
}

test('a directory of something else is refused', async () => {
  await using directory = await tempDir()
  const { writeFile } = await import('node:fs/promises')
  await writeFile(directory.join('notes.txt'), '')
  await expect(openSnapshotter(directory.path, { kind: 'directory' })).rejects.toMatchObject({
    code: 'SNAPSHOTS_INVALID',
  })
  await writeFile(directory.join('snapshots.json'), '{"version":9,"kind":"overlay"}')
  await expect(openSnapshotter(directory.path)).rejects.toMatchObject({
    code: 'SNAPSHOTS_INVALID',
    message: expect.stringContaining('newer version of tsreg'),
  })
})
