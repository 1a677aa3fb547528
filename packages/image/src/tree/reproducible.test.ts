import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { collectItems, seeded, tempDir } from '@tsreg/testkit'
import { applyLayer } from '../layer/index.ts'
import { writeLayer } from '../layer/write/write-layer.ts'
import { openLayout } from '../layout/open.ts'
import { listTree } from '../testing/list-tree.ts'
import { upperEntries } from './upper.ts'
import { walkTree } from './walk.ts'

/** What is made, in an order that the seed chooses. Directories come into being with what is in them. */
function makeTree(root: string, seed: number): void {
  const steps = [
    ...Array.from({ length: 60 }, (_, at) => () => make(`dir-${at % 7}/file-${at}`, `content ${at}\n`.repeat(at))),
    () => make('a-b', 'between a and a/b\n'),
    () => make('a/b', 'in a directory\n'),
    () => make('ä/ö', 'beyond ASCII\n'),
    () => make(`${'long-name-'.repeat(15)}/${'x'.repeat(120)}`, 'long\n'),
    () => symlinkSync('../somewhere', join(root, 'link')),
  ]
  const make = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
    chmodSync(join(root, path), path === 'a/b' ? 0o4755 : 0o644)
  }
  const random = seeded(seed)
  for (const step of steps.toSorted(() => random.integer(0, 2) - 1)) step()
  linkSync(join(root, 'a/b'), join(root, 'name-of-b'))
  const now = 1_750_000_000 + seed * 1000
  for (const { location, stat } of walkTree(root)) if (!stat.isSymbolicLink()) utimesSync(location, now, now)
}

async function layerOf(seed: number, latestTime: number) {
  await using directory = await tempDir()
  const root = directory.join(`tree-${seed}`)
  mkdirSync(root)
  makeTree(root, seed)
  const layout = await openLayout(directory.join('layout'))
  return await writeLayer(upperEntries(root), layout, { latestTime })
}

describe('layers are reproducible', () => {
  test('trees made in another order, elsewhere and later give the same diff ID and the same compressed digest', async () => {
    const layers = await Promise.all([1, 2, 3].map((seed) => layerOf(seed, 1_700_000_000)))
    expect(layers[1]).toEqual(layers[0])
    expect(layers[2]).toEqual(layers[0])
  })

  test('without a latest time the times are those of the files', async () => {
    const [first, second] = await Promise.all([1, 2].map((seed) => layerOf(seed, 4_000_000_000)))
    expect(first?.diffId === second?.diffId).toBe(false)
  })
})

test('a tree that was written as a layer and unpacked is the same tree', async () => {
  await using directory = await tempDir()
  const [root, unpacked] = [directory.join('tree'), directory.join('unpacked')]
  mkdirSync(root)
  mkdirSync(unpacked)
  makeTree(root, 1)
  const layout = await openLayout(directory.join('layout'))
  const layer = await writeLayer(upperEntries(root), layout)
  if (layer === undefined) throw new Error('there is no layer')
  const content = await layout.fetch(layer.descriptor)
  const applied = await applyLayer(content, unpacked, { whiteouts: 'overlay', unable: 'skip' })
  expect(applied).toMatchObject({ diffId: layer.diffId, sizeBytes: layer.sizeBytes, implied: 0 })
  const without = (lines: readonly string[]) => lines.filter((line) => !line.includes(' -> ../somewhere'))
  expect(without(listTree(unpacked))).toEqual(without(listTree(root)))
})

test('sockets are left out, and a directory comes right before what is in it', async () => {
  await using directory = await tempDir()
  const { createServer } = await import('node:net')
  mkdirSync(directory.join('a'))
  writeFileSync(directory.join('a/b'), '')
  writeFileSync(directory.join('a-b'), '')
  const server = createServer().listen(directory.join('a/socket'))
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    expect([...upperEntries(directory.path)].map(({ path }) => path)).toEqual(['a', 'a/b', 'a-b'])
    expect(await collectItems(walkNames(directory.path))).toEqual(['a', 'a/b', 'a/socket', 'a-b'])
  } finally {
    server.close()
  }
})

async function* walkNames(root: string) {
  for (const { path } of walkTree(root)) yield path
}
