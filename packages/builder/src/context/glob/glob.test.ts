import { describe, expect, test } from '@jest/globals'
import { matchGlob } from './match-glob.ts'
import { hasWildcards, parseGlob } from './parse-glob.ts'

describe('patterns of one name after the other, as filepath.Match of Go has them', () => {
  test.each([
    ['abc', 'abc', true],
    ['*', 'abc', true],
    ['*c', 'abc', true],
    ['a*', 'a', true],
    ['a*', 'ab/c', false],
    ['a*/b', 'abc/b', true],
    ['a*/b', 'a/c/b', false],
    ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
    ['a*b*c*d*e*/f', 'axbxcxdxe/xxx/f', false],
    ['a*b?c*x', 'abxbbxdbxebxczzx', true],
    ['a*b?c*x', 'abxbbxdbxebxczzy', false],
    ['ab[c]', 'abc', true],
    ['ab[b-d]', 'abc', true],
    ['ab[e-g]', 'abc', false],
    ['ab[^c]', 'abc', false],
    ['ab[^e-g]', 'abc', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'ab', false],
    ['a?b', 'a☺b', true],
    ['a[^a]b', 'a☺b', true],
    ['a???b', 'a☺b', false],
    ['[a-ζ]*', 'α', true],
    ['*[a-ζ]', 'A', false],
    ['a?b', 'a/b', false],
    ['a*b', 'a/b', false],
    ['[\\]a]', ']', true],
    ['[\\-]', '-', true],
    ['[x\\-]', 'z', false],
    ['**', 'a/b', false],
    ['**', 'ab', true],
    ['', '', true],
    ['', 'a', false],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matchGlob(parseGlob(pattern), text)).toBe(expected)
  })

  test.each(['[]a]', '[-]', '[x-]', '[-x]', '[a-b-c]', '[', '[^', '[^bc', 'a[', 'a[\\', 'a\\'])(
    '%s is none',
    (pattern) => {
      expect(() => parseGlob(pattern)).toThrow(SyntaxError)
    },
  )
})

describe('patterns with **', () => {
  test.each([
    ['**', 'a/b/c', true],
    ['**/a', 'a', true],
    ['**/a', 'b/c/a', true],
    ['**/a', 'ba', false],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'a/xb', false],
    ['a**/b', 'ax/b', true],
    ['**/*.go', 'a/b.go', true],
    ['**/*.go', 'b.go', true],
    ['**/a*/**/b', 'x/ay/z/b', true],
    ['**/**/a', 'b/a', true],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matchGlob(parseGlob(pattern, { deep: true }), text)).toBe(expected)
  })
})

test('many stars in a long text take steps in proportion', () => {
  // Trying each star in turn would take longer than the world has existed.
  expect(matchGlob(parseGlob(`${'*a'.repeat(100)}b`), 'a'.repeat(2000))).toBe(false)
  expect(matchGlob(parseGlob(`${'**/a/'.repeat(50)}b`, { deep: true }), 'a/'.repeat(1000))).toBe(false)
})

test.each([
  ['a*', true],
  ['[a', true],
  ['a\\*', false],
  ['a\\\\*', true],
  ['abc', false],
  ['', false],
])('%s has wildcards: %s', (text, expected) => {
  expect(hasWildcards(text)).toBe(expected)
})
