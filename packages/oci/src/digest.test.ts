import { describe, expect, test } from '@jest/globals'
import { Digester, digestOf, isDigest, parseAlgorithm, parseDigest, parseSupportedDigest, shortId } from './digest.ts'

const hex64 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

describe('digests', () => {
  test.each([
    [`sha256:${hex64}`, true],
    [`sha512:${hex64}${hex64}`, true],
    ['blake3:abc', true],
    ['multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8', true],
    [`sha256:${hex64.toUpperCase()}`, false],
    [`sha256:${hex64.slice(1)}`, false],
    [`sha512:${hex64}`, false],
    ['sha256:', false],
    [hex64, false],
    ['SHA256:abc', false],
    ['a..b:c', false],
    ['x:../../etc', false],
    [`x:${'a'.repeat(400)}`, false],
  ])('%s: %s', (text, expected) => {
    expect(isDigest(text)).toBe(expected)
  })

  test('the digest of nothing is the known one', () => {
    expect(digestOf('')).toBe(`sha256:${hex64}`)
    expect(shortId(digestOf(''))).toBe('e3b0c44298fc')
  })

  test('a digester tells the digest of every prefix and goes on', () => {
    const digester = new Digester('sha512')
    expect(digester.digest()).toBe(digestOf('', 'sha512'))
    expect(digester.update(Buffer.from('ab')).digest()).toBe(digestOf('ab', 'sha512'))
    expect(digester.update(Buffer.from('c')).digest()).toBe(digestOf('abc', 'sha512'))
    expect(digester.size).toBe(3)
  })

  test('an unknown algorithm is grammatical but not supported', () => {
    expect(parseDigest('blake3:abc')).toBe('blake3:abc')
    expect(() => parseSupportedDigest('blake3:abc')).toThrow('"blake3" is not supported; use sha256 or sha512')
    expect(() => parseAlgorithm('constructor')).toThrow('not supported')
  })

  test('a digest of another form is DIGEST_INVALID with its text', () => {
    expect(() => parseDigest('sha256:baddigeststring')).toThrow('not a digest: "sha256:baddigeststring"')
  })
})
