import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import type { Digest } from '@tsreg/oci'
import { collect, collectItems, seeded, tempDir } from '@tsreg/testkit'
import { openImageStore } from '../images/store.ts'
import { mayMountOverlays } from '../testing/in-overlay.ts'
import { listTree } from '../testing/list-tree.ts'
import { madeStack } from '../testing/stacks.ts'
import { openSnapshotter } from './open.ts'
import { snapshotPaths } from './paths.ts'
import type { Snapshotter } from './snapshotter.ts'

const worker = fileURLToPath(new URL('../testing/snapshot-worker.ts', import.meta.url))

function start(...args: readonly string[]): ChildProcess {
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning']
  return spawn(process.execPath, [...flags, worker, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function finish(child: ChildProcess): Promise<string> {
  const output = Promise.all(
    [child.stdout, child.stderr].map(async (stream) => String(stream && (await collect(stream)))),
  )
  const [code] = await once(child, 'exit')
  const [stdout = '', stderr] = await output
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trim()
}

const kinds: Snapshotter['kind'][] = []
if (process.getuid?.() !== 0) console.warn('left out, for they need root: processes that share snapshots')
else kinds.push('directory', ...((await mayMountOverlays(tmpdir(), 'overlay')) ? (['overlay'] as const) : []))

for (const kind of kinds) {
  describe(`processes that share snapshots of kind ${kind}`, () => {
    test('four that unpack one image at once unpack each layer once between them', async () => {
      await using directory = await tempDir()
      const outputs = await Promise.all(
        [1, 1, 1, 1].map((seed) => finish(start(directory.path, kind, 'unpack', `${seed}`))),
      )
      const results = outputs.map((line) => line.split(' '))
      expect(new Set(results.map(([top]) => top)).size).toBe(1)
      expect(results.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(3)
    }, 60_000)

    test('kill -9 at random moments leaves whole layers, writable layers that open, and nothing that prune cannot remove', async () => {
      await using directory = await tempDir()
      const random = seeded(20261125)
      const paths = snapshotPaths(directory.join('snapshots'))
      const store = await openImageStore(directory.join('images'))
      for (let round = 0; round < 4; round++) {
        const children = [100, 200].map((seed) => start(directory.path, kind, 'churn', `${seed + round * 10}`))
        await Promise.all(children.map((child) => once(child.stdout ?? child, 'data')))
        await new Promise((resolve) => setTimeout(resolve, random.integer(0, 400)))
        const exits = children.map((child) => once(child, 'exit'))
        for (const child of children) child.kill('SIGKILL')
        await Promise.all(exits)
        const snapshots = await openSnapshotter(paths.directory, { durable: false })
        for await (const key of snapshots.list()) await collectItems(snapshots.changes(key))
        const stack = await madeStack(store, 100 + round * 10)
        const top = (await snapshots.unpack(store, stack)) as Digest
        await using fresh = await tempDir()
        const other = await openSnapshotter(fresh.join('snapshots'), { kind, durable: false })
        await other.unpack(store, stack)
        const freshPaths = snapshotPaths(fresh.join('snapshots'))
        expect(listTree(paths.layer(top).files)).toEqual(listTree(freshPaths.layer(top).files))
      }
      const snapshots = await openSnapshotter(paths.directory, { durable: false })
      for await (const key of snapshots.list()) await snapshots.remove(key)
      await snapshots.prune([])
      for (const folder of ['layers', 'unpacking', 'writable', 'removed']) {
        expect([folder, await readdir(directory.join('snapshots', folder)).catch(() => [])]).toEqual([folder, []])
      }
      expect((await readdir(paths.locks)).filter((name) => name !== 'state')).toEqual([])
    }, 240_000)
  })
}
