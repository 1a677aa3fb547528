import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { Command } from 'commander'
import { referencePage, treeOnly } from './reference-page.ts'
import { examplesOfCommand } from './verb.ts'

test('docs/cli.md is the command tree; write it anew as the module says', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8')
  expect(page).toBe(referencePage(treeOnly()))
})

test('every verb that does something has examples that begin with it', () => {
  for (const { words, command } of leaves(treeOnly(), [])) {
    const lines = examplesOfCommand(command).map(([line]) => line)
    expect({ words, lines }).toEqual({ words, lines: expect.arrayContaining([expect.stringContaining(words)]) })
  }
})

function leaves(parent: Command, above: readonly string[]): readonly { words: string; command: Command }[] {
  const words = [...above, parent.name()]
  if (parent.commands.length === 0) return [{ words: words.join(' '), command: parent }]
  return parent.commands.flatMap((child) => leaves(child, words))
}
