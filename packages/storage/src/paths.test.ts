import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import {
  dataKey,
  decodeName,
  encodeName,
  encodeNameBound,
  idKey,
  imageKey,
  parseIdKey,
  parseImageKey,
} from './paths.ts'

const names = ['a', 'a-b', 'a--b', 'a.b', 'a/b', 'a/b-c/d.e', 'a0', 'a_b', 'a__b', 'aa', 'b/a', 'library/debian']
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

describe('encoding of repository names', () => {
  test.each(names)('%s comes back as it was and holds no slash', (name) => {
    expect(decodeName(encodeName(name))).toBe(name)
    expect(encodeName(name)).not.toContain('/')
  })

  test('names and their encodings have one byte order', () => {
    const sorted = names.toSorted(byBytes)
    expect(names.map(encodeName).toSorted(byBytes).map(decodeName)).toEqual(sorted)
  })

  test.each(['', 'a', 'a-b', 'a!', 'a~', 'a,b', 'a/B', 'a/z~', 'A', '~', 'a b', 'é'])(
    'a listing after %p starts before the first name that follows it and not earlier',
    (last) => {
      const listed = names.filter((name) => byBytes(encodeName(name), encodeNameBound(last)) > 0)
      expect(listed).toEqual(names.filter((name) => byBytes(name, last) > 0))
    },
  )
})

test('keys of the ID index are taken apart into what they were made of', () => {
  const digest = digestOf('m', 'sha512')
  expect(parseIdKey(idKey('abcd', 'a/b-c'))).toEqual({ hex: 'abcd', name: 'a/b-c' })
  expect(parseImageKey(imageKey('a/b', 'abcd', digest))).toEqual({ configHex: 'abcd', digest })
})

test('the data keys of a session share a prefix that no other session has', () => {
  const x = '6f1c8f0e-8f4a-4d0e-9d3e-0c8f0e8f4a4d'
  expect(dataKey(x, '7')).toBe(`${dataKey(x)}.7`)
  expect(dataKey(x)).toMatch(/^d\/[0-9a-f]{2}\/6f1c8f0e-/)
})
