import { describe, expect, test } from '@jest/globals'
import { isLoopback, mayCarrySecrets, registryUrl } from './origin.ts'

describe('registryUrl', () => {
  test.each([
    ['docker.io', 'https://registry-1.docker.io/'],
    ['index.docker.io', 'https://registry-1.docker.io/'],
    ['ghcr.io', 'https://ghcr.io/'],
    ['registry.example:5000', 'https://registry.example:5000/'],
    ['192.168.1.1:5000', 'https://192.168.1.1:5000/'],
    ['localhost:5000', 'http://localhost:5000/'],
    ['sub.localhost', 'http://sub.localhost/'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000/'],
    ['127.9.9.9', 'http://127.9.9.9/'],
    ['[::1]:5000', 'http://[::1]:5000/'],
    ['localhost.example.com', 'https://localhost.example.com/'],
    ['127.0.0.1.example.com', 'https://127.0.0.1.example.com/'],
  ])('%s is %s', (host, url) => {
    expect(registryUrl(host).href).toBe(url)
  })

  test('plain http is a choice in both directions', () => {
    expect(registryUrl('registry.example', { plainHttp: true }).href).toBe('http://registry.example/')
    expect(registryUrl('localhost:5000', { plainHttp: false }).href).toBe('https://localhost:5000/')
  })

  test.each(['', 'a b', 'http://h.example', 'h.example/path', 'u@h.example', 'h.example:99999'])(
    '%j is no host',
    (host) => {
      expect(() => registryUrl(host)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }))
    },
  )
})

test.each([
  ['https://h.example/', false, true],
  ['http://h.example/', false, false],
  ['http://h.example/', true, true],
  ['http://10.0.0.1/', false, false],
  ['http://localhost/', false, true],
  ['http://127.0.0.1:5000/', false, true],
])('secrets to %s, plain http allowed %s: %s', (url, allowed, expected) => {
  expect(mayCarrySecrets(new URL(url), allowed)).toBe(expected)
})

test('an address that begins like loopback is none', () => {
  expect(isLoopback(new URL('http://127.0.0.1.nip.example/'))).toBe(false)
})
