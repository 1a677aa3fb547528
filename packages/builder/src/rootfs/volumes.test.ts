import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { memoryTree } from '../testing/memory-tree.ts'
import { discardVolumes, makeVolumes } from './volumes.ts'

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
const directory = { type: 'directory', mode: 0o750, mtime: 77, ...own } as const
const tree = memoryTree({ var: directory, 'var/lib': directory, data: directory, link: '-> /var/lib' })

let layer: TempDir
beforeEach(async () => {
  layer = await tempDir()
  mkdirSync(layer.join('upper'))
})
afterEach(async () => layer[Symbol.asyncDispose]())
const inLayer = (path: string) => layer.join('upper', path)
const make = (...paths: readonly string[]) => makeVolumes(inLayer(''), tree, paths, {})

describe('volumes of a step', () => {
  test('a directory that the image lacks is made in the layer, those above it with the attributes of the image', async () => {
    expect(await make('/link/db')).toEqual([{ path: 'var/lib/db', isInImage: false }])
    const found = lstatSync(inLayer('var/lib'))
    expect([found.mode & 0o7777, found.mtimeMs, lstatSync(inLayer('var/lib/db')).mode & 0o7777]).toEqual([
      0o750, 77_000, 0o755,
    ])
  })

  test('one that the image has is no part of the layer', async () => {
    expect(await make('/data')).toEqual([{ path: 'data', isInImage: true }])
    expect(readdirSync(inLayer(''))).toEqual([])
  })

  test('what a command leaves in them is gone; the directory stays where the image lacks it', async () => {
    const volumes = await make('/data', '/new')
    mkdirSync(inLayer('data'))
    writeFileSync(inLayer('data/a'), '')
    writeFileSync(inLayer('new/b'), '')
    chmodSync(inLayer('new'), 0o777)
    writeFileSync(inLayer('other'), '')
    await discardVolumes(inLayer(''), volumes)
    expect(readdirSync(inLayer('')).sort()).toEqual(['new', 'other'])
    expect([readdirSync(inLayer('new')), lstatSync(inLayer('new')).mode & 0o777]).toEqual([[], 0o755])
  })

  // As CVE-2024-23652 in BuildKit: what is cleared away after a step must not be chosen by the step.
  test('a link that a command left on the way to a volume is not followed', async () => {
    const volumes = await make('/var/lib/db')
    mkdirSync(layer.join('victim', 'db'), { recursive: true })
    writeFileSync(layer.join('victim', 'db', 'precious'), '')
    rmSync(inLayer('var/lib'), { recursive: true })
    symlinkSync(layer.join('victim'), inLayer('var/lib'))
    await discardVolumes(inLayer(''), volumes)
    expect(existsSync(layer.join('victim', 'db', 'precious'))).toBe(true)
  })

  test('a link in the place of a volume is removed, not what it leads to', async () => {
    const volumes = await make('/new')
    writeFileSync(layer.join('precious'), '')
    rmSync(inLayer('new'), { recursive: true })
    symlinkSync(layer.path, inLayer('new'))
    await discardVolumes(inLayer(''), volumes)
    expect([existsSync(layer.join('precious')), lstatSync(inLayer('new')).isDirectory()]).toEqual([true, true])
  })
})
