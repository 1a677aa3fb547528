import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Digest } from '@tsreg/oci'
import { chainIds } from '@tsreg/oci/image'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { openImageStore } from '../images/store.ts'
import type { Layout } from '../layout/layout.ts'
import { file, madeStack, stackOf } from '../testing/stacks.ts'
import { openSnapshotter } from './open.ts'
import { type SnapshotPaths, snapshotPaths } from './paths.ts'
import type { Snapshotter } from './snapshotter.ts'

const worker = fileURLToPath(new URL('../testing/snapshot-worker.ts', import.meta.url))

if (process.getuid?.() !== 0) console.warn('left out, for they need root: layers that are put in place')
else {
  describe('putting layers in place', () => {
    let directory: TempDir
    let paths: SnapshotPaths
    let store: Layout
    let snapshots: Snapshotter
    beforeEach(async () => {
      directory = await tempDir()
      paths = snapshotPaths(directory.join('snapshots'))
      store = await openImageStore(directory.join('images'))
      snapshots = await openSnapshotter(paths.directory, { kind: 'overlay', durable: false })
    })
    afterEach(async () => directory[Symbol.asyncDispose]())

    test('each layer is on the disk, with its record, before it is in place', async () => {
      const syncs = await unpackUnderWatch(directory, paths)
      const layers = await readdir(paths.layers)
      expect(layers).toHaveLength(3)
      for (const layer of layers) {
        const first = syncs.find(({ inPlace, complete }) => inPlace.includes(layer) || complete.includes(layer))
        expect(first).toMatchObject({ complete: expect.arrayContaining([layer]) })
        expect(first?.inPlace).not.toContain(layer)
      }
    })

    test('what a killed process left of a layer is not in it', async () => {
      const stack = await stackOf(store, [file('a', 'a')])
      const [top] = stack.diffIds as readonly [Digest]
      await mkdir(join(paths.unpackingLayer(top).files, 'stale'), { recursive: true })
      await snapshots.unpack(store, stack)
      expect(await snapshots.names(top, '/')).toEqual(['a'])
    })

    test('what a killed process left of a writable layer is not in it', async () => {
      const { directory: unfinished, files, snapshot } = paths.unfinished('key')
      await mkdir(join(files, 'stale'), { recursive: true })
      await writeFile(snapshot, '{}')
      const { upperDirectory } = await snapshots.create('key', undefined)
      expect([await readdir(upperDirectory), existsSync(unfinished)]).toEqual([[], false])
    })

    test('a chain whose base is gone is not in place, and is unpacked again', async () => {
      const stack = await madeStack(store, 1)
      const [base, , top] = chainIds(stack.diffIds) as readonly [Digest, Digest, Digest]
      await snapshots.unpack(store, stack)
      await rm(paths.layer(base).directory, { recursive: true })
      expect(await snapshots.has(top)).toBe(false)
      await expect(snapshots.create('key', top)).rejects.toMatchObject({ code: 'CHAIN_UNKNOWN' })
      await snapshots.unpack(store, stack)
      expect([await snapshots.has(top), (await snapshots.create('key', top)).parent]).toEqual([true, top])
    })

    test('the programs of strangers in layers are for nobody but root to reach by a list', async () => {
      expect((await stat(paths.directory)).mode & 0o777).toBe(0o711)
    })
  })
}

/** What a program called `sync` saw each time it was called. */
interface Sync {
  /** Layers that are in place. */
  readonly inPlace: readonly string[]
  /** Those that are not, but have their record. */
  readonly complete: readonly string[]
}

/** Unpacks in a process of its own, which finds a `sync` that looks around. */
async function unpackUnderWatch(directory: TempDir, paths: SnapshotPaths): Promise<readonly Sync[]> {
  const programs = directory.join('programs')
  const log = directory.join('syncs')
  await mkdir(programs)
  const names = (pattern: string) => `$(cd ${paths.directory} && echo ${pattern})`
  const script = `#!/bin/sh\necho "${names('layers/*')} | ${names('unpacking/*/layer.json')}" >> ${log}\n`
  await writeFile(join(programs, 'sync'), script, { mode: 0o755 })
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning']
  const words = [...flags, worker, directory.path, 'overlay', 'unpack-durably', '1']
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH}` }
  await promisify(execFile)(process.execPath, words, { env })
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n')
  return lines.map((line) => {
    const [inPlace = '', complete = ''] = line.split(' | ')
    return { inPlace: namesIn(inPlace), complete: namesIn(complete) }
  })
}

function namesIn(text: string): readonly string[] {
  return text.split(' ').map((path) => path.split('/')[1] ?? '')
}
