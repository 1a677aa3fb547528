import { describe, expect, test } from '@jest/globals'
import { findKey, hostOfKey, keysOf, serverKey } from './server-key.ts'

test.each([
  ['docker.io', 'https://index.docker.io/v1/'],
  ['index.docker.io', 'https://index.docker.io/v1/'],
  ['ghcr.io', 'ghcr.io'],
  ['localhost:5000', 'localhost:5000'],
])('the key of %s is %s', (host, key) => {
  expect(serverKey(host)).toBe(key)
})

test.each([
  ['https://index.docker.io/v1/', 'docker.io'],
  ['index.docker.io', 'docker.io'],
  ['registry-1.docker.io', 'docker.io'],
  ['https://ghcr.io/v1/', 'ghcr.io'],
  ['https://ghcr.io', 'ghcr.io'],
  ['http://localhost:5000/v2/', 'localhost:5000'],
  ['https://harbor.example/some/path', 'harbor.example'],
  ['GHCR.io', 'ghcr.io'],
  ['ghcr.io/v1/', 'ghcr.io'],
  ['ghcr.io/team', undefined],
  ['', undefined],
])('the key %j means %s', (key, host) => {
  expect(hostOfKey(key)).toBe(host)
})

describe('looking for a host', () => {
  const keys = ['https://ghcr.io/v1/', 'ghcr.io', 'https://index.docker.io/v1/', 'quay.io/team']

  test('its own key goes before others that mean the same', () => {
    expect(findKey(keys, 'ghcr.io')).toBe('ghcr.io')
    expect(findKey(['https://ghcr.io/v1/'], 'ghcr.io')).toBe('https://ghcr.io/v1/')
    expect(findKey(keys, 'docker.io')).toBe('https://index.docker.io/v1/')
  })

  test('a key of a part of a host does not serve the host', () => {
    expect(findKey(keys, 'quay.io')).toBeUndefined()
  })

  test('all keys of a host are found', () => {
    expect(keysOf(keys, 'ghcr.io')).toEqual(['https://ghcr.io/v1/', 'ghcr.io'])
  })
})
