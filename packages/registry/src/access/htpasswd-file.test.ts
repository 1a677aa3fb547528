import { describe, expect, test } from '@jest/globals'
import { parseHtpasswd } from './htpasswd-file.ts'

const tail = 'N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'

describe('htpasswd file', () => {
  test('users with bcrypt hashes of any letter are read, comments and blank lines passed over', () => {
    const users = parseHtpasswd(`# users\n\nanna:$2y$10$${tail}\r\nbert:$2a$05$${tail}\ncarl:$2b$12$${tail}\n`)
    expect([...users]).toEqual([
      ['anna', `$2b$10$${tail}`],
      ['bert', `$2b$05$${tail}`],
      ['carl', `$2b$12$${tail}`],
    ])
  })

  test.each([
    ['user:$apr1$x$y', /^line 1: user user has an MD5 hash; only bcrypt/],
    ['user:{SHA}abc=', /unsalted SHA-1/],
    ['user:$6$rounds=5000$x$y', /SHA-crypt/],
    ['user:secret', /clear password/],
    [`user:$2y$10$${tail}x`, /damaged bcrypt/],
    [`user:$2y$99$${tail}`, /damaged bcrypt/],
    ['nothing', /not USER:HASH/],
    [`:$2y$10$${tail}`, /not USER:HASH/],
    [`a:$2y$10$${tail}\na:$2y$10$${tail}`, /^line 2: user a stands there twice/],
  ])('%s is refused', (text, message) => {
    expect(() => parseHtpasswd(text)).toThrow(message)
  })

  test('the message never shows the hash or the password', () => {
    expect(() => parseHtpasswd('user:canary-password')).toThrow(expect.not.stringContaining('canary'))
  })
})
