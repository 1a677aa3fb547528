import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { differencesPage } from './page.ts'

test('docs/builder-differences.md is made from the lists; write it anew as the module says', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/builder-differences.md'), 'utf8')
  expect(page).toBe(differencesPage())
})
