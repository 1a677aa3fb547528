import { expect, test } from '@jest/globals'
import { isTag, parseTag } from './tag.ts'

test.each([
  ['latest', true],
  ['_x', true],
  ['V1.0-rc.1_2', true],
  ['t'.repeat(128), true],
  ['t'.repeat(129), false],
  ['', false],
  ['.a', false],
  ['-a', false],
  ['a b', false],
  ['a\n', false],
  ['a/b', false],
  ['a:b', false],
  ['ü', false],
])('%j is a tag: %s', (text, expected) => {
  expect(isTag(text)).toBe(expected)
})

test('a bad tag is TAG_INVALID with the tag in its message', () => {
  expect(() => parseTag('a/b')).toThrow('not a tag: "a/b"')
  expect(parseTag('v1')).toBe('v1')
})
