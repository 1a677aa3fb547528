import { describe, expect, test } from '@jest/globals'
import { isLoopback, parseListenAddress, requireAuthentication } from './listen-address.ts'
import { checkSettings } from './load-config.ts'

describe('listen address', () => {
  test.each([
    ['127.0.0.1:5000', { host: '127.0.0.1', port: 5000 }, true],
    ['127.8.8.8:0', { host: '127.8.8.8', port: 0 }, true],
    ['[::1]:5000', { host: '::1', port: 5000 }, true],
    ['localhost:80', { host: 'localhost', port: 80 }, true],
    [':5000', { port: 5000 }, false],
    ['0.0.0.0:5000', { host: '0.0.0.0', port: 5000 }, false],
    ['[::]:5000', { host: '::', port: 5000 }, false],
    ['10.0.0.1:443', { host: '10.0.0.1', port: 443 }, false],
    ['localhost.example.com:5000', { host: 'localhost.example.com', port: 5000 }, false],
  ])('%s is %j, loopback: %s', (text, address, loopback) => {
    expect(parseListenAddress(text)).toEqual(address)
    expect(isLoopback(address)).toBe(loopback)
  })

  test.each(['5000', 'localhost', '127.0.0.1:70000', '::1:5000', '[nothex]:1', 'a b:1', ':', 'http://x:1'])(
    '%s is refused with what to write',
    (text) => {
      expect(() => parseListenAddress(text)).toThrow(/write HOST:PORT/)
    },
  )

  test('an address that others reach needs users, or the word that it does not', () => {
    const check = (settings: object) => {
      const config = checkSettings({ listen: '0.0.0.0:5000', ...settings })
      requireAuthentication(config, parseListenAddress(config.listen))
    }
    expect(() => check({})).toThrow(/refusing to listen on 0\.0\.0\.0:5000.*htpasswd.*allowUnauthenticated/)
    expect(() => check({ htpasswd: 'users' })).not.toThrow()
    expect(() => check({ allowUnauthenticated: true })).not.toThrow()
    expect(() => check({ listen: '127.0.0.1:5000' })).not.toThrow()
  })
})
