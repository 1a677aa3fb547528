import { describe, expect, test } from '@jest/globals'
import { digestOf, parseDigest } from './digest.ts'
import { OciError } from './errors.ts'
import {
  familiarReference,
  formatReference,
  isRegistryHost,
  manifestReference,
  parseReference,
  withDefaultTag,
} from './reference.ts'

const digest = digestOf('content')

describe('parseReference', () => {
  test.each([
    ['centos:centos5', 'docker.io', 'library/centos', 'centos5'],
    ['debian', 'docker.io', 'library/debian', undefined],
    ['me/app:v1', 'docker.io', 'me/app', 'v1'],
    ['docker.io/debian', 'docker.io', 'library/debian', undefined],
    ['index.docker.io/debian:12', 'docker.io', 'library/debian', '12'],
    ['docker.io/me/app', 'docker.io', 'me/app', undefined],
    ['localhost/app', 'localhost', 'app', undefined],
    ['localhost', 'docker.io', 'library/localhost', undefined],
    ['localhost:5000', 'docker.io', 'library/localhost', '5000'],
    ['localhost:5000/app:v1', 'localhost:5000', 'app', 'v1'],
    ['ghcr.io/a/b/c', 'ghcr.io', 'a/b/c', undefined],
    ['ABC/app', 'ABC', 'app', undefined],
    ['[::1]:5000/app', '[::1]:5000', 'app', undefined],
    ['127.0.0.1/app', '127.0.0.1', 'app', undefined],
    ['a.b/c', 'a.b', 'c', undefined],
    ['a/b.c', 'docker.io', 'a/b.c', undefined],
    ['a__b/c--d:_tag', 'docker.io', 'a__b/c--d', '_tag'],
  ])('%s is repository %s/%s with tag %s', (text, registry, repository, tag) => {
    expect(parseReference(text)).toEqual({ registry, repository, ...(tag === undefined ? {} : { tag }) })
  })

  test.each([
    ['centos:centos5', 'localhost:5000', 'centos', 'centos5'],
    ['me/app:v1', 'localhost:5000', 'me/app', 'v1'],
    ['docker.io/debian:12', 'docker.io', 'library/debian', '12'],
    ['ghcr.io/a/b:c', 'ghcr.io', 'a/b', 'c'],
  ])('with localhost:5000 as default registry %s is at %s the repository %s', (text, registry, repository, tag) => {
    expect(parseReference(text, { defaultRegistry: 'localhost:5000' })).toEqual({ registry, repository, tag })
  })

  test('index.docker.io as default registry is docker.io', () => {
    expect(formatReference(parseReference('debian', { defaultRegistry: 'index.docker.io' }))).toBe(
      'docker.io/library/debian',
    )
  })

  test('a digest is kept, with the tag beside it', () => {
    expect(parseReference(`debian@${digest}`)).toEqual({ registry: 'docker.io', repository: 'library/debian', digest })
    expect(parseReference(`host:1/debian:12@${digest}`)).toEqual({
      registry: 'host:1',
      repository: 'debian',
      tag: '12',
      digest,
    })
  })

  test.each([
    ['', 'NAME_INVALID', 'is not a repository name'],
    [':tag', 'NAME_INVALID', 'is not a repository name'],
    ['a'.repeat(64), 'NAME_INVALID', 'cannot specify 64-byte hexadecimal strings'],
    ['Debian', 'NAME_INVALID', 'repository name (Debian) must be lowercase'],
    ['host.io/Me/App', 'NAME_INVALID', 'repository name (Me/App) must be lowercase'],
    ['a//b', 'NAME_INVALID', 'is not a repository name'],
    ['/a', 'NAME_INVALID', 'is not a repository name'],
    ['a/', 'NAME_INVALID', 'is not a repository name'],
    ['a..b', 'NAME_INVALID', 'is not a repository name'],
    ['a___b', 'NAME_INVALID', 'is not a repository name'],
    ['-a', 'NAME_INVALID', 'is not a repository name'],
    ['ä', 'NAME_INVALID', 'is not a repository name'],
    ['http://host.io/a', 'NAME_INVALID', 'is not a registry host'],
    ['host.io:port/a', 'NAME_INVALID', 'is not a registry host'],
    ['host..io/a', 'NAME_INVALID', 'is not a registry host'],
    ['../a', 'NAME_INVALID', 'is not a registry host'],
    [`host.io/${'a'.repeat(248)}`, 'NAME_INVALID', 'must not be more than 255 characters'],
    ['a'.repeat(2000), 'NAME_INVALID', 'longer than 1024 characters'],
    ['debian:', 'TAG_INVALID', '"" in "debian:" is not a tag'],
    ['debian:.a', 'TAG_INVALID', 'is not a tag'],
    [`debian:${'t'.repeat(129)}`, 'TAG_INVALID', 'is not a tag'],
    ['debian@sha256:abc', 'DIGEST_INVALID', '"sha256:abc" in'],
    ['debian@', 'DIGEST_INVALID', 'is not a digest'],
    [`debian@${digest}@${digest}`, 'DIGEST_INVALID', 'is not a digest'],
  ])('%s is refused with %s', (text, code, message) => {
    expect(thrownBy(() => parseReference(text))).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('a name of exactly 255 characters with its registry is accepted', () => {
    expect(parseReference(`host.io/${'a'.repeat(247)}`).repository).toHaveLength(247)
  })

  test('64 hex digits behind a registry or a slash are a name', () => {
    expect(parseReference(`host.io/${'a'.repeat(64)}`).repository).toBe('a'.repeat(64))
  })
})

describe('the forms of a reference', () => {
  test.each([
    ['debian', 'docker.io/library/debian', 'debian'],
    ['docker.io/library/debian:12', 'docker.io/library/debian:12', 'debian:12'],
    ['me/app', 'docker.io/me/app', 'me/app'],
    ['library/a/b', 'docker.io/library/a/b', 'library/a/b'],
    ['ghcr.io/a/b:c', 'ghcr.io/a/b:c', 'ghcr.io/a/b:c'],
    [`debian:12@${digest}`, `docker.io/library/debian:12@${digest}`, `debian:12@${digest}`],
    [
      `docker.io/library/${'a'.repeat(64)}`,
      `docker.io/library/${'a'.repeat(64)}`,
      `docker.io/library/${'a'.repeat(64)}`,
    ],
  ])('%s is canonically %s and familiarly %s', (text, canonical, familiar) => {
    const reference = parseReference(text)
    expect(formatReference(reference)).toBe(canonical)
    expect(familiarReference(reference)).toBe(familiar)
    expect(parseReference(canonical)).toEqual(reference)
    expect(parseReference(familiar)).toEqual(reference)
  })

  test.each([
    ['centos:centos5', 'centos:centos5'],
    ['localhost:5000/library/centos', 'library/centos'],
    ['localhost:5000/localhost/app', 'localhost:5000/localhost/app'],
    ['docker.io/debian', 'docker.io/library/debian'],
  ])('with localhost:5000 as default registry %s is familiarly %s', (text, familiar) => {
    const options = { defaultRegistry: 'localhost:5000' }
    const reference = parseReference(text, options)
    expect(familiarReference(reference, options)).toBe(familiar)
    expect(parseReference(familiar, options)).toEqual(reference)
  })

  test('the default tag is added only when there is neither tag nor digest', () => {
    expect(withDefaultTag(parseReference('a')).tag).toBe('latest')
    expect(withDefaultTag(parseReference('a:v1')).tag).toBe('v1')
    expect(withDefaultTag(parseReference(`a@${digest}`)).tag).toBeUndefined()
  })

  test('a manifest is asked for by digest before tag', () => {
    expect(manifestReference(parseReference(`a:v1@${digest}`))).toBe(parseDigest(digest))
    expect(manifestReference(parseReference('a:v1'))).toBe('v1')
    expect(manifestReference(parseReference('a'))).toBe('latest')
  })

  test.each([
    ['localhost', true],
    ['[::1]:80', true],
    ['a-b.example:65535', true],
    ['-a.example', false],
    ['a.example:', false],
    ['[::1', false],
    ['a b', false],
    ['user@host', false],
  ])('%s is a registry host: %s', (text, expected) => {
    expect(isRegistryHost(text)).toBe(expected)
  })
})

function thrownBy(run: () => unknown): OciError {
  try {
    run()
  } catch (error) {
    if (error instanceof OciError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
