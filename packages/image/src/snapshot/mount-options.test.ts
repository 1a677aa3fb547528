import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test } from '@jest/globals'
import { type Digest, digestOf } from '@tsreg/oci'
import { tempDir } from '@tsreg/testkit'
import { openImageStore } from '../images/store.ts'
import { inSnapshot, mayMountOverlays } from '../testing/in-overlay.ts'
import { dir, file, gone, stackOf } from '../testing/stacks.ts'
import { overlayOptions } from './mount-options.ts'
import { openSnapshotter } from './open.ts'
import { snapshotPaths } from './paths.ts'

const page = 4096

test('chain IDs that begin alike get longer names', async () => {
  await using directory = await tempDir()
  const paths = snapshotPaths(directory.path)
  const [a, b] = ['0', '1'].map((last) => `sha256:${'a'.repeat(63)}${last}` as Digest)
  const [lower = ''] = overlayOptions(paths, 'key', [a as Digest, b as Digest])
  expect(lower).toBe(`lowerdir=writable/key/init:l/aaaaaaaa:l/aaaaaaaaa`)
  expect(overlayOptions(paths, 'key', [b as Digest, a as Digest])[0]).toBe(
    'lowerdir=writable/key/init:l/aaaaaaaaa:l/aaaaaaaa',
  )
})

test('127 layers and the longest key fit into the page that mount(2) takes', async () => {
  await using directory = await tempDir()
  const chain = Array.from({ length: 127 }, (_, at) => digestOf(`${at}`))
  const options = overlayOptions(snapshotPaths(directory.path), 'k'.repeat(128), chain)
  expect(options.join(',').length).toBeLessThan(page)
})

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('left out, for it needs root: 125 layers are mounted')
else if (await mayMountOverlays(tmpdir(), '125 layers are mounted')) {
  test('125 layers are mounted, also where the directory has a long name', async () => {
    await using directory = await tempDir()
    const store = await openImageStore(directory.join('images'))
    const home = directory.join('a-long-name-'.repeat(12), 'snapshots')
    await mkdir(home, { recursive: true })
    const snapshots = await openSnapshotter(home, { kind: 'overlay', durable: false })
    const layers = Array.from({ length: 125 }, (_, at) => [
      dir('layers'),
      ...(at % 10 === 9 ? [gone(`layers/${String(at - 5).padStart(3, '0')}`)] : []),
      file(`layers/${String(at).padStart(3, '0')}`, `${at}\n`),
    ])
    const top = await snapshots.unpack(store, await stackOf(store, ...layers))
    const snapshot = await snapshots.create('many', top)
    expect(await inSnapshot(snapshot, 'ls layers | wc -l; cat layers/124 layers/000; ls layers/004 || echo gone')).toBe(
      '113\n124\n0\ngone\n',
    )
  }, 240_000)
}
