import { describe, expect, test } from '@jest/globals'
import { digestOf } from '../digest.ts'
import { routePath } from './route-path.ts'
import { matchRoute, type Route } from './routes.ts'

const digest = digestOf('')

describe('matchRoute', () => {
  const cases: readonly [string, Route][] = [
    ['/v2/', { kind: 'base' }],
    ['/v2', { kind: 'base' }],
    ['/v2/_catalog', { kind: 'catalog' }],
    ['/v2/_catalog/', { kind: 'catalog' }],
    ['/v2/a/tags/list', { kind: 'tags', name: 'a' }],
    ['/v2/a/b/c/tags/list', { kind: 'tags', name: 'a/b/c' }],
    ['/v2/a/manifests/v1', { kind: 'manifest', name: 'a', reference: 'v1' }],
    [`/v2/a/b/manifests/${digest}`, { kind: 'manifest', name: 'a/b', reference: digest }],
    ['/v2/a/manifests/sha256%3Aabc', { kind: 'manifest', name: 'a', reference: 'sha256:abc' }],
    [`/v2/a/blobs/${digest}`, { kind: 'blob', name: 'a', digest }],
    ['/v2/a/blobs/uploads/', { kind: 'uploads', name: 'a' }],
    ['/v2/a/blobs/uploads', { kind: 'uploads', name: 'a' }],
    ['/v2/a/blobs/uploads/123', { kind: 'upload', name: 'a', id: '123' }],
    [`/v2/a/referrers/${digest}`, { kind: 'referrers', name: 'a', digest }],
    ['/v2/_tsreg/ids/abc', { kind: 'ids', prefix: 'abc' }],
    ['/v2/a/b/_tsreg/ids/abc', { kind: 'ids', name: 'a/b', prefix: 'abc' }],
    ['/v2/a/b/_tsreg/repository', { kind: 'repository', name: 'a/b' }],
    ['/v2/_oci/ext/discover', { kind: 'discover' }],
    ['/v2/a/b/_oci/ext/discover', { kind: 'discover', name: 'a/b' }],
    // Names that hold the words of the protocol.
    ['/v2/blobs/blobs/x', { kind: 'blob', name: 'blobs', digest: 'x' }],
    ['/v2/a/blobs/uploads/blobs/uploads/', { kind: 'uploads', name: 'a/blobs/uploads' }],
    ['/v2/blobs/uploads/blobs/uploads/1', { kind: 'upload', name: 'blobs/uploads', id: '1' }],
    ['/v2/blobs/uploads/manifests/v1', { kind: 'manifest', name: 'blobs/uploads', reference: 'v1' }],
    ['/v2/manifests/manifests/manifests', { kind: 'manifest', name: 'manifests', reference: 'manifests' }],
    ['/v2/tags/list/tags/list', { kind: 'tags', name: 'tags/list' }],
    ['/v2/referrers/referrers/x', { kind: 'referrers', name: 'referrers', digest: 'x' }],
    ['/v2/uploads/blobs/x', { kind: 'blob', name: 'uploads', digest: 'x' }],
    ['/v2/ids/tags/list', { kind: 'tags', name: 'ids' }],
    ['/v2/v2/tags/list', { kind: 'tags', name: 'v2' }],
    // What the grammar of names and digests refuses is refused later, with a message.
    ['/v2/A/tags/list', { kind: 'tags', name: 'A' }],
    ['/v2/a/manifests/sha256:baddigeststring', { kind: 'manifest', name: 'a', reference: 'sha256:baddigeststring' }],
    ['/v2/a/../b/tags/list', { kind: 'tags', name: 'a/../b' }],
    ['/v2/%2e%2e/tags/list', { kind: 'tags', name: '..' }],
  ]
  test.each(cases)('%s', (path, expected) => {
    expect(matchRoute(path)).toEqual(expected)
  })

  test.each([
    '',
    '/',
    '/v1/',
    '/v2x',
    '/v20/',
    '/v2/a',
    '/v2/a/',
    '/v2//',
    '/v2/tags/list',
    '/v2/a/tags',
    '/v2/a/tags/other',
    '/v2/manifests/v1',
    '/v2/blobs/x',
    '/v2/blobs/uploads/',
    '/v2/uploads/1',
    '/v2/a/uploads/1',
    '/v2/referrers/x',
    '/v2/a/unknown/x',
    '/v2/a/manifests/v1/',
    '/v2/a/manifests/',
    '/v2/a/blobs/',
    '/v2/a/ext/discover',
    '/v2/a/ids/x',
    '/v2/_tsreg/repository',
    '/v2/a/repository',
    '/v2/a/_tsreg/other',
    '/v2/%/tags/list',
    '/v2/a%ff/tags/list',
    `/v2/${'/'.repeat(10_000)}`,
  ])('%.40s names nothing', (path) => {
    expect(matchRoute(path)).toBeUndefined()
  })

  test('a path with no slash after the words of the protocol is no resource of an empty name', () => {
    expect(matchRoute('/v2//tags/list')).toBeUndefined()
    expect(matchRoute('/v2//blobs/uploads/1')).toBeUndefined()
  })
})

describe('routePath', () => {
  const cases: readonly [string, Route][] = [
    [routePath.base(), { kind: 'base' }],
    [routePath.catalog(), { kind: 'catalog' }],
    [routePath.tags('a/b'), { kind: 'tags', name: 'a/b' }],
    [routePath.manifest('a/b', 'v1'), { kind: 'manifest', name: 'a/b', reference: 'v1' }],
    [routePath.manifest('a', digest), { kind: 'manifest', name: 'a', reference: digest }],
    [routePath.blob('a', digest), { kind: 'blob', name: 'a', digest }],
    [routePath.uploads('a'), { kind: 'uploads', name: 'a' }],
    [routePath.upload('a', 'x/y'), { kind: 'upload', name: 'a', id: 'x/y' }],
    [routePath.referrers('a', digest), { kind: 'referrers', name: 'a', digest }],
    [routePath.ids(undefined, 'abc'), { kind: 'ids', prefix: 'abc' }],
    [routePath.ids('a', 'abc'), { kind: 'ids', name: 'a', prefix: 'abc' }],
    [routePath.repository('a/b'), { kind: 'repository', name: 'a/b' }],
    [routePath.discover(), { kind: 'discover' }],
    [routePath.discover('a'), { kind: 'discover', name: 'a' }],
  ]
  test.each(cases)('%s is matched back', (path, expected) => {
    // A session id with a slash is not one of ours: a client must use the Location it was given.
    if (path.includes('%2F')) expect(path).toBe('/v2/a/blobs/uploads/x%2Fy')
    else expect(matchRoute(path)).toEqual(expected)
  })

  test('the colon of a digest stays as it is', () => {
    expect(routePath.blob('a', digest)).toBe(`/v2/a/blobs/${digest}`)
  })
})
