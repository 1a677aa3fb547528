import { describe, expect, test } from '@jest/globals'
import { formatReference } from '@tsreg/oci'
import { idDigits, readImageReference, readReference, readRepository } from './reference.ts'

const local = { defaultRegistry: 'localhost:5000' }

describe('readImageReference', () => {
  test.each([
    ['centos:centos5', local, 'localhost:5000/centos:centos5'],
    ['centos', local, 'localhost:5000/centos:latest'],
    ['debian', {}, 'docker.io/library/debian:latest'],
    ['quay.io/a/b', local, 'quay.io/a/b:latest'],
  ])('%s with %j is %s', (text, options, canonical) => {
    expect(formatReference(readImageReference(text, options))).toBe(canonical)
  })

  test.each(['UPPER/Case', 'a b', 'debian:ta g', 'debian@sha256:12', ''])('%j is refused with advice', (text) => {
    expect(() => readReference(text, local)).toThrow(
      expect.objectContaining({ code: 'REFERENCE_INVALID', advice: expect.stringContaining('REPOSITORY[:TAG]') }),
    )
  })
})

test('readRepository refuses a tag and says what to write', () => {
  expect(readRepository('a/b', local)).toEqual({ registry: 'localhost:5000', repository: 'a/b' })
  expect(() => readRepository('a/b:1', local)).toThrow(expect.objectContaining({ advice: 'Write a/b.' }))
})

test.each([
  ['4986bf8c1536', '4986bf8c1536'],
  ['a'.repeat(64), 'a'.repeat(64)],
  [`sha256:${'b'.repeat(64)}`, 'b'.repeat(64)],
  ['sha256:bbbb', undefined],
  ['abc', undefined],
  ['centos5', undefined],
  ['4986BF8C', undefined],
])('the ID digits of %s are %s', (text, digits) => {
  expect(idDigits(text)).toBe(digits)
})
