import { expect, test } from '@jest/globals'
import { digestOf, parseDigest } from '../digest.ts'
import { isTag } from '../tag.ts'
import { fallbackTag } from './fallback-tag.ts'

test.each([
  [digestOf(''), 'sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  [digestOf('', 'sha512'), `sha512-${digestOf('', 'sha512').slice(7, 71)}`],
  [parseDigest('a+b:c=d'), 'a-b-c-d'],
  [parseDigest(`${'a'.repeat(40)}:${'b'.repeat(80)}`), `${'a'.repeat(32)}-${'b'.repeat(64)}`],
])('the tag of %s is %s', (digest, expected) => {
  expect(fallbackTag(digest)).toBe(expected)
  expect(isTag(fallbackTag(digest))).toBe(true)
})
