import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Digest } from '@tsreg/oci'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { type FileLock, tryFileLock } from '../files/file-lock.ts'
import { openImageStore } from '../images/store.ts'
import type { Layout } from '../layout/layout.ts'
import { file, stackOf } from '../testing/stacks.ts'
import { openSnapshotter } from './open.ts'
import { type SnapshotPaths, snapshotPaths } from './paths.ts'
import type { LayerStack, Snapshotter } from './snapshotter.ts'

/** Nothing is expected to happen in it, so a slow machine fails no test; a guard that is gone shows within it. */
const whileMs = 500

if (process.getuid?.() !== 0) console.warn('left out, for they need root: locks of snapshots')
else {
  describe('processes that share snapshots', () => {
    let directory: TempDir
    let paths: SnapshotPaths
    let store: Layout
    let snapshots: Snapshotter
    let stack: LayerStack
    let top: Digest
    beforeEach(async () => {
      directory = await tempDir()
      paths = snapshotPaths(directory.join('snapshots'))
      store = await openImageStore(directory.join('images'))
      snapshots = await openSnapshotter(paths.directory, { kind: 'overlay', durable: false })
      await mkdir(paths.locks, { recursive: true })
      stack = await stackOf(store, [file('a', 'a')])
      top = stack.diffIds[0] as Digest
    })
    afterEach(async () => directory[Symbol.asyncDispose]())

    const held = async (path: string): Promise<FileLock> => {
      const lock = await tryFileLock(path)
      if (lock === undefined) throw new Error(`${path} is held by somebody else`)
      return lock
    }

    test('who wants a layer that another process makes waits for it', async () => {
      const lock = await held(paths.layerLock(top))
      const unpacked = snapshots.unpack(store, stack)
      await Promise.race([unpacked, delay(whileMs)])
      expect([await snapshots.has(top), existsSync(paths.unpacking)]).toEqual([false, false])
      lock.releaseAndRemove()
      expect(await unpacked).toBe(top)
    })

    test('a layer is put in place while nobody takes layers away', async () => {
      const lock = await held(paths.stateLock)
      const unpacked = snapshots.unpack(store, stack)
      for (let at = 0; at < 3000 && !existsSync(paths.unpackingLayer(top).record); at++) await delay(10)
      await Promise.race([unpacked, delay(whileMs)])
      expect([existsSync(paths.unpackingLayer(top).record), await snapshots.has(top)]).toEqual([true, false])
      lock.release()
      expect(await unpacked).toBe(top)
    })

    test('a writable layer is begun while nobody takes layers away', async () => {
      await snapshots.unpack(store, stack)
      const lock = await held(paths.stateLock)
      const created = snapshots.create('key', top)
      await Promise.race([created, delay(whileMs)])
      expect([existsSync(paths.unfinished('key').directory), existsSync(paths.writable('key').directory)]).toEqual([
        false,
        false,
      ])
      lock.release()
      expect((await created).parent).toBe(top)
    })

    test('prune takes no layer that another process is unpacking, and one of a killed process', async () => {
      await mkdir(paths.unpackingLayer(top).files, { recursive: true })
      const lock = await held(paths.layerLock(top))
      await snapshots.prune([])
      expect(existsSync(paths.unpackingLayer(top).files)).toBe(true)
      lock.releaseAndRemove()
      await snapshots.prune([])
      expect(existsSync(paths.unpackingLayer(top).directory)).toBe(false)
    })

    test('prune takes no layer that a writable one in the making stands on, until its maker is gone', async () => {
      await snapshots.unpack(store, stack)
      const { directory: unfinished, snapshot } = paths.unfinished('key')
      await mkdir(unfinished, { recursive: true })
      await writeFile(snapshot, JSON.stringify({ parent: top }))
      const lock = await held(paths.keyLock('key'))
      expect(await snapshots.prune([])).toEqual({ removed: [] })
      expect([await snapshots.has(top), existsSync(unfinished)]).toEqual([true, true])
      lock.releaseAndRemove()
      expect(await snapshots.prune([])).toEqual({ removed: [top] })
      expect(existsSync(join(paths.writables, '.key'))).toBe(false)
    })
  })
}
