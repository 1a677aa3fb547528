import { describe, expect, test } from '@jest/globals'
import { redactText, redactUrl } from './redact.ts'

describe('redactUrl', () => {
  test.each([
    ['https://u:canary@h.example/p', 'https://h.example/p'],
    [
      'https://s3.example/b/k?X-Amz-Signature=canary&X-Amz-Date=1',
      'https://s3.example/b/k?X-Amz-Signature=…&X-Amz-Date=…',
    ],
    [
      'https://h.example/token?service=reg&scope=a:b:c&account=canary',
      'https://h.example/token?service=reg&scope=a:b:c&account=…',
    ],
    ['https://h.example/up?_state=canary&digest=sha256:1', 'https://h.example/up?_state=…&digest=sha256:1'],
    ['not an address', '<not an address>'],
  ])('%s', (url, expected) => {
    expect(redactUrl(url)).toBe(expected)
  })
})

describe('redactText', () => {
  test.each([
    'Authorization: Bearer canary1234567890',
    'authorization: basic Y2FuYXJ5OnBhc3N3b3Jk-canary',
    'see https://s3.example/k?sig=canary now',
    '{"access_token":"canary"}',
    '{"password": "can ary canary"}',
    'identitytoken=canary&x=1',
    'token eyJhbGciOiJub25lIn0.canary_canary.canary here',
    'https://user:canary@h.example/',
  ])('no secret is left of %s', (text) => {
    expect(redactText(text)).not.toContain('canary')
  })

  test('what is no secret stays', () => {
    const text = 'push blob sha256:abc to h.example/repo: DENIED: requested access to the resource is denied'
    expect(redactText(text)).toBe(text)
  })

  test('control characters cannot steer a terminal', () => {
    expect(redactText('a\u001b[31mred\u0007\r\nb\u009b1m')).toBe('a [31mred b 1m')
  })

  test('long text is cut', () => {
    expect(redactText('x'.repeat(5000))).toBe(`${'x'.repeat(2000)}…`)
  })
})
