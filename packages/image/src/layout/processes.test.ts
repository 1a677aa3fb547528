import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { Digester, digestOf } from '@tsreg/oci'
import { copy, MemoryStore } from '@tsreg/oci/content'
import { byteStreamDigest, collect, makeImage, seeded, tempDir } from '@tsreg/testkit'
import { tryFileLock } from '../files/file-lock.ts'
import type { Layout } from './layout.ts'
import { openLayout } from './open.ts'

const worker = fileURLToPath(new URL('../testing/layout-worker.ts', import.meta.url))

const lockWorker = fileURLToPath(new URL('../testing/lock-worker.ts', import.meta.url))

function start(...args: readonly string[]): ChildProcess {
  return run(worker, ...args)
}

function run(program: string, ...args: readonly string[]): ChildProcess {
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning']
  return spawn(process.execPath, [...flags, program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function finish(child: ChildProcess): Promise<string> {
  const output = Promise.all([read(child.stdout), read(child.stderr)])
  const [code] = await once(child, 'exit')
  const [stdout = '', stderr = ''] = await output
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

async function read(stream: Readable | null): Promise<string> {
  return stream === null ? '' : String(await collect(stream))
}

/** Every tagged image of the layout, all its blobs re-hashed. */
async function expectSound(layout: Layout): Promise<void> {
  for (const { reference, descriptor } of await layout.entries()) {
    // A copy verifies each piece.
    await copy(layout, reference ?? descriptor.digest, new MemoryStore())
  }
}

describe('several processes on one layout', () => {
  test('six processes that pull overlapping images at once all succeed, and every tag is there and sound', async () => {
    await using directory = await tempDir()
    const jobs = [1, 2, 3, 1, 2, 1].map((seed, at) => finish(start(directory.path, 'pull', `${seed}`, `tag-${at}`)))
    await Promise.all(jobs)
    const layout = await openLayout(directory.path)
    expect((await layout.entries()).map(({ reference }) => reference).sort()).toEqual(
      [0, 1, 2, 3, 4, 5].map((at) => `tag-${at}`),
    )
    await expectSound(layout)
    expect(await readdir(`${directory.path}/ingest`)).toEqual(['index.lock'])
  }, 60_000)

  test('three processes that receive one large blob at once all succeed, and leave nothing behind', async () => {
    await using directory = await tempDir()
    const size = 20 * 1024 * 1024
    const children = [1, 2, 3].map(() => finish(start(directory.path, 'trickle', '6', `${size}`)))
    for (const output of await Promise.all(children)) expect(output).toContain('done')
    const layout = await openLayout(directory.path)
    const digester = new Digester()
    const digest = byteStreamDigest(6, size)
    for await (const chunk of await layout.fetch({ mediaType: 'application/octet-stream', digest, size }))
      digester.update(chunk)
    expect(digester.digest()).toBe(digest)
    expect(await readdir(`${directory.path}/ingest`)).toEqual([])
  }, 60_000)

  test('a push killed half-way is gone on with by another process, at the byte where it stood', async () => {
    await using directory = await tempDir()
    const size = 40 * 1024 * 1024
    const child = start(directory.path, 'trickle', '5', `${size}`)
    let reached = 0
    for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
      if (line.startsWith('at ')) reached = Number(line.slice(3))
      if (reached >= 10 * 1024 * 1024) child.kill('SIGKILL')
    }
    expect(reached).toBeLessThan(size)
    const layout = await openLayout(directory.path)
    const blob = { mediaType: 'application/octet-stream', digest: byteStreamDigest(5, size), size }
    expect(await layout.exists(blob)).toBe(false)
    const output = await finish(start(directory.path, 'trickle', '5', `${size}`))
    const offset = Number(/^from (\d+)/.exec(output)?.[1])
    expect(offset).toBeGreaterThanOrEqual(8 * 1024 * 1024)
    const digester = new Digester()
    for await (const chunk of await layout.fetch(blob)) digester.update(chunk)
    expect(digester.digest()).toBe(blob.digest)
    expect((await readdir(`${directory.path}/ingest`)).filter((name) => name !== 'index.lock')).toEqual([])
  }, 60_000)

  test('kill -9 at random moments never leaves a torn index, a broken tag or a lock', async () => {
    await using directory = await tempDir()
    const random = seeded(20261123)
    for (let round = 0; round < 8; round++) {
      const children = [100, 200].map((seed) => start(directory.path, 'churn', `${seed}`, '1000'))
      await Promise.all(children.map((child) => once(child.stdout ?? child, 'data')))
      await new Promise((resolve) => setTimeout(resolve, random.integer(0, 60)))
      const exits = children.map((child) => once(child, 'exit'))
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(exits)
      const layout = await openLayout(directory.path)
      await expectSound(layout)
      const image = makeImage({ seed: 1 })
      const target = image.manifest.descriptor
      await copy(await inMemory(image), target.digest, layout, { tag: `round-${round}` })
    }
    const layout = await openLayout(directory.path)
    await layout.prune({ minimumAgeMs: 0 })
    expect(await readdir(`${directory.path}/ingest`)).toEqual(['index.lock'])
    await expectSound(layout)
  }, 120_000)
})

describe('file locks', () => {
  test('one holder at a time, in one process too', async () => {
    await using directory = await tempDir()
    const path = directory.join('lock')
    const first = await tryFileLock(path)
    expect(await tryFileLock(path)).toBeUndefined()
    first?.release()
    const second = await tryFileLock(path)
    expect(second).toBeDefined()
    second?.releaseAndRemove()
    expect(await readdir(directory.path)).toEqual([])
  })

  test('a failed attempt does not free the lock of the holder', async () => {
    await using directory = await tempDir()
    const path = directory.join('index.lock')
    const lock = await tryFileLock(path)
    expect(await tryFileLock(path)).toBeUndefined()
    expect(await tryFileLock(path)).toBeUndefined()
    expect(await finish(run(lockWorker, path))).toBe('locked\n')
    lock?.release()
    expect(await finish(run(lockWorker, path))).toBe('got it\n')
  })
})

async function inMemory(image: ReturnType<typeof makeImage>): Promise<MemoryStore> {
  const store = new MemoryStore()
  for (const { descriptor, bytes } of [...image.blobs.values(), image.manifest]) {
    expect(digestOf(bytes)).toBe(descriptor.digest)
    await store.push(descriptor, async ({ offset = 0 }) =>
      (async function* () {
        yield bytes.subarray(offset)
      })(),
    )
  }
  return store
}
