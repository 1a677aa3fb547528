import { describe, expect, test } from '@jest/globals'
import { formatBasicChallenge, formatBearerChallenge, parseChallenges } from './challenge.ts'

describe('parseChallenges', () => {
  test.each([
    ['Basic realm="x"', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
    ['Basic', [{ scheme: 'basic', parameters: {} }]],
    [
      'Bearer realm="https://auth/token",service="reg",scope="repository:a:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: { realm: 'https://auth/token', service: 'reg', scope: 'repository:a:pull,push' },
        },
      ],
    ],
    [
      'Bearer realm="a", Basic realm="b, c"',
      [
        { scheme: 'bearer', parameters: { realm: 'a' } },
        { scheme: 'basic', parameters: { realm: 'b, c' } },
      ],
    ],
    ['bearer Realm = "a" , SERVICE=b', [{ scheme: 'bearer', parameters: { realm: 'a', service: 'b' } }]],
    ['Bearer realm="a\\"b\\\\c"', [{ scheme: 'bearer', parameters: { realm: 'a"b\\c' } }]],
    ['Bearer realm="first",realm="second"', [{ scheme: 'bearer', parameters: { realm: 'first' } }]],
    ['Bearer realm=""', [{ scheme: 'bearer', parameters: { realm: '' } }]],
    ['realm="x"', []],
    ['', []],
    [undefined, []],
    [
      ['Basic realm="x"', 'Bearer realm="y"'],
      [
        { scheme: 'basic', parameters: { realm: 'x' } },
        { scheme: 'bearer', parameters: { realm: 'y' } },
      ],
    ],
  ])('%j', (header, expected) => {
    expect(parseChallenges(header)).toEqual(expected)
  })

  test.each([
    'Bearer realm="never closed',
    '""""',
    'Bearer ====',
    '\\',
    'Bearer realm="a"x"b"',
    ','.repeat(100_000),
    'a '.repeat(100_000),
  ])('garbage does not throw: %.30j', (header) => {
    expect(Array.isArray(parseChallenges(header))).toBe(true)
  })

  test('a parameter named like a prototype stays a plain key', () => {
    const [challenge] = parseChallenges('Bearer __proto__="x",realm="y"')
    expect(challenge?.parameters.realm).toBe('y')
    expect(Object.getPrototypeOf(challenge?.parameters)).toBe(Object.prototype)
  })
})

describe('challenges that are written', () => {
  test('Bearer with access and error', () => {
    const text = formatBearerChallenge({
      realm: 'https://auth/token',
      service: 'reg',
      access: [{ type: 'repository', name: 'a', actions: ['pull', 'push'] }],
      error: 'insufficient_scope',
    })
    expect(text).toBe(
      'Bearer realm="https://auth/token",service="reg",scope="repository:a:pull,push",error="insufficient_scope"',
    )
    expect(parseChallenges(text)[0]?.parameters).toMatchObject({ scope: 'repository:a:pull,push' })
  })

  test('Bearer without access has no scope', () => {
    expect(formatBearerChallenge({ realm: 'r', service: 's' })).toBe('Bearer realm="r",service="s"')
  })

  test('a realm cannot break out of its quotes', () => {
    expect(formatBasicChallenge('a"\r\nx')).toBe('Basic realm="a\\"  x", charset="UTF-8"')
    expect(parseChallenges(formatBasicChallenge('a"b'))[0]?.parameters.realm).toBe('a"b')
  })
})
