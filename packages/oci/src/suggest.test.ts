import { describe, expect, test } from '@jest/globals'
import { editDistance, suggest } from './suggest.ts'

describe('suggest', () => {
  test.each([
    ['pul', ['push', 'pull', 'tag'], 'pull'],
    ['lateset', ['latest', 'v1'], 'latest'],
    ['centos6', ['centos5', 'debian'], 'centos5'],
    ['1.2', ['1.3', '20.04'], '1.3'],
    ['xyz', ['latest', 'v1'], undefined],
    ['anything', [], undefined],
  ])('for %s among %j is %s', (word, candidates, expected) => {
    expect(suggest(word, candidates)).toBe(expected)
  })
})

test.each([
  ['', 'abc', 3],
  ['abc', 'abc', 0],
  ['abcd', 'abdc', 1],
  ['kitten', 'sitting', 3],
])('the edit distance of "%s" and "%s" is %d', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance)
})
