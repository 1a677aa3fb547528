import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { codeMutations } from './mutations.ts'
import { mutations } from './spec/mutations.ts'

const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')

describe('the table of mutations', () => {
  test('has every mutation of the code, with its patch and its scene', () => {
    const rows = [...readme.matchAll(/^\| (.+?) \| `(storage|protocol)\/(.+?)` \| `(.+?)` \|$/gm)]
    const table = rows.map(([, name, folder, patch, scene]) => `${name} ${folder}/${patch} ${scene}`)
    expect(table).toEqual(codeMutations.map(({ name, patch, scene }) => `${name} ${patch} ${scene}`))
  })

  test('every mutation of the specification is in it, or named as one without counterpart', () => {
    const missing = mutations.map(({ name }) => name).filter((name) => !readme.includes(name.replace(/^v2: /, '')))
    expect(missing).toEqual([])
  })
})
