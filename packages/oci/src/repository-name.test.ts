import { describe, expect, test } from '@jest/globals'
import { isRepositoryName, parseRepositoryName } from './repository-name.ts'

describe('repository names', () => {
  test.each([
    ['a', true],
    ['library/debian', true],
    ['a.b_c__d-e---f/0', true],
    ['a/b/c/d/e/f/g', true],
    ['blobs/uploads', true],
    ['x'.repeat(255), true],
    ['x'.repeat(256), false],
    ['', false],
    ['A', false],
    ['a/', false],
    ['/a', false],
    ['a//b', false],
    ['a.-b', false],
    ['a..b', false],
    ['a___b', false],
    ['_a', false],
    ['a_', false],
    ['a:b', false],
    ['a b', false],
    ['a\n', false],
    ['..', false],
    ['_catalog', false],
  ])('%s: %s', (text, expected) => {
    expect(isRepositoryName(text)).toBe(expected)
  })

  test('a bad name is NAME_INVALID with the name in its message', () => {
    expect(() => parseRepositoryName('Debian')).toThrow('not a repository name: "Debian"')
    expect(() => parseRepositoryName('x'.repeat(300))).toThrow('it has 300 characters, at most 255 are allowed')
    expect(parseRepositoryName('debian')).toBe('debian')
  })

  test('a name made to make the grammar backtrack is judged at once', () => {
    expect(isRepositoryName(`${'a-'.repeat(127)}!`)).toBe(false)
    expect(isRepositoryName(`${'a__'.repeat(84)}`)).toBe(false)
  })
})
