import { expect, test } from '@jest/globals'
import { compileGlob } from './glob.ts'

test.each([
  ['**', ['a', 'a/b/c', ''], []],
  ['*', ['a', 'pr-1.2_x', ''], ['a/b']],
  ['ci/*', ['ci/app', 'ci/'], ['ci', 'ci/app/x', 'xci/app']],
  ['ci/**', ['ci/app', 'ci/app/x/y'], ['ci', 'cix/app']],
  ['**/cache', ['a/cache', 'a/b/cache', '/cache'], ['cache', 'a/cache/b']],
  ['pr-?', ['pr-1'], ['pr-', 'pr-12', 'pr-/']],
  ['v1.*', ['v1.0', 'v1.'], ['v1', 'v10', 'v1x0']],
  ['a*b*c', ['abc', 'aXbYc', 'abbcc'], ['ab', 'acb', 'abcd']],
  ['[a-z]+(x|y)$^', ['[a-z]+(x|y)$^'], ['a', 'ax']],
  ['', [''], ['a']],
] as const)('%s', (pattern, matching, others) => {
  const matches = compileGlob(pattern)
  expect(matching.filter((name) => !matches(name))).toEqual([])
  expect(others.filter((name) => matches(name))).toEqual([])
})

test('a pattern made to be slow is not', () => {
  const matches = compileGlob(`${'*a'.repeat(100)}b`)
  expect(matches('a'.repeat(250))).toBe(false)
  expect(compileGlob('**'.repeat(100))('a'.repeat(250))).toBe(true)
})
