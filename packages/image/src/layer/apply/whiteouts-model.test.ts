import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { type Random, readTree, seeded, type TarEntry, tar } from '@tsreg/testkit'
import { mayMountOverlay, overlayOf, unpack } from '../../testing/unpack.ts'
import { inheritRoot } from '../../tree/root.ts'

const directory = mkdtempSync(join(tmpdir(), 'model-'))
const probe = join(directory, 'probe')
mkdirSync(probe)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** The first so many; `TSREG_SEEDS=4000` looks further. */
const seeds = Number(process.env.TSREG_SEEDS ?? 150)
const names = ['a', 'b', 'c']

function randomPath(random: Random): string {
  return Array.from({ length: random.integer(1, 3) }, () => random.pick(names)).join('/')
}

function randomEntry(random: Random, number: number): TarEntry {
  const name = randomPath(random)
  const common = { name, mtime: number, uid: random.integer(0, 2), mode: random.pick([0o644, 0o755, 0o700]) }
  const kind = random.integer(0, 9)
  if (kind < 3) return { ...common, content: `content ${number}` }
  if (kind < 5) return { ...common, name: `${name}/`, type: 'directory' }
  if (kind === 5) return { ...common, type: 'symlink', linkName: random.pick(['a', '../b', '/c', '/a/b', 'none']) }
  if (kind === 6) return { ...common, type: 'hardlink', linkName: randomPath(random) }
  const parent = name
    .split('/')
    .slice(0, -1)
    .map((part) => `${part}/`)
    .join('')
  if (kind === 7) return { ...common, name: `${parent}.wh..wh..opq` }
  return { ...common, name: `${parent}.wh.${random.pick(names)}` }
}

function differences(merged: Record<string, string>, flat: Record<string, string>): string[] {
  const paths = new Set([...Object.keys(merged), ...Object.keys(flat)])
  return [...paths]
    .filter((path) => merged[path] !== flat[path])
    .map((path) => `${path}: ${merged[path]} != ${flat[path]}`)
}

/** The message of what an unpacking threw; undefined when it went well. */
function failureOf(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

function randomEntries(random: Random, number: number): readonly TarEntry[] {
  return Array.from({ length: random.integer(1, 8) }, (_, at) => randomEntry(random, number + at))
}

test('random layers are unpacked or LAYER_INVALID, and nothing else', () => {
  const flat = join(directory, 'anywhere')
  const outcomes = new Set<string | undefined>()
  for (let seed = 1; seed <= seeds; seed++) {
    mkdirSync(flat)
    const random = seeded(seed)
    for (const number of [0, 10, 20]) {
      outcomes.add(failureOf(() => unpack(tar(randomEntries(random, number)), flat, { unable: 'skip' })))
    }
    rmSync(flat, { recursive: true })
  }
  expect([...outcomes].sort()).toEqual(['LAYER_INVALID', undefined])
})

if (mayMountOverlay(probe)) {
  test('random layers look the same on overlayfs as in one directory', () => {
    let compared = 0
    for (let seed = 1; seed <= seeds; seed++) {
      const random = seeded(seed)
      const place = join(directory, `seed-${seed}`)
      const flat = join(place, 'flat')
      mkdirSync(flat, { recursive: true })
      inheritRoot(flat, undefined)
      const layers: string[] = []
      let failed = false
      let about = `seed ${seed}`
      for (let number = 0; number < 3 && !failed; number++) {
        const entries = randomEntries(random, 100 * seed + 10 * number)
        const bytes = tar(entries)
        const alone = join(place, `layer-${number}`)
        mkdirSync(alone)
        const failures = [
          failureOf(() => unpack(bytes, alone, { whiteouts: 'overlay', lower: layers.toReversed() })),
          failureOf(() => unpack(bytes, flat, { whiteouts: 'remove' })),
        ]
        about += entries
          .map(({ type = 'file', name, linkName = '' }) => `\n${number}: ${type} ${name} ${linkName}`)
          .join('')
        expect(`${about}\n${failures[0]}`).toBe(`${about}\n${failures[1]}`)
        failed = failures[0] !== undefined
        layers.push(alone)
        if (failed) continue
        using _mounted = overlayOf(layers.toReversed(), join(place, 'merged'))
        const differing = differences(readTree(join(place, 'merged')), readTree(flat))
        expect(differing.length === 0 ? '' : [about, ...differing].join('\n')).toBe('')
        compared++
      }
      rmSync(place, { recursive: true })
    }
    expect(compared).toBeGreaterThan(seeds / 2)
  })
} else {
  console.warn('left out, for overlayfs cannot be mounted here: random layers look the same on overlayfs')
}
