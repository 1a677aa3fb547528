import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { repositoryRoot } from '../harness/paths.ts'
import { sections } from './cases/all.ts'
import { guardFolders, heldGuards, isThere } from './guards.ts'
import { hostilePage } from './page.ts'

const attacks = Object.values(sections).flat()
const guards = (await Promise.all(guardFolders.map(heldGuards))).flat()

test('docs/operations/hostile-input.md is made from the attacks and the mutants; write it anew as the module says', async () => {
  const page = readFileSync(join(repositoryRoot, 'docs/operations/hostile-input.md'), 'utf8')
  expect(page).toBe(await hostilePage())
})

describe('the attacks', () => {
  test.each(attacks.map((attack) => [attack.title, attack] as const))('%s', (_, { advisory, guard, mutant }) => {
    expect(advisory).toMatch(/CVE-\d{4}-\d+|CWE-\d+|issue \d+/)
    expect([guard, isThere(guard)]).toEqual([guard, true])
    expect(guards.map((held) => held.mutant)).toContain(mutant)
  })

  test('each has a title of its own', () => {
    expect(new Set(attacks.map(({ title }) => title)).size).toBe(attacks.length)
  })
})

describe('the mutants', () => {
  test.each(guards.map((held) => [held.mutant, held] as const))('%s', (_, { file, test: testFile, titles }) => {
    expect([file, existsSync(join(repositoryRoot, file))]).toEqual([file, true])
    const source = readFileSync(join(repositoryRoot, testFile), 'utf8')
    for (const title of titles) expect([title, isTitleIn(source, title)]).toEqual([title, true])
  })
})

/** A title that a table makes stands there in parts: its longest words must. */
function isTitleIn(source: string, title: string): boolean {
  if (source.includes(title)) return true
  const words = title.split(/[^\p{L}]+/u).filter((word) => word.length > 3)
  return words.every((word) => source.includes(word))
}
