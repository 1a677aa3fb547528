import { describe, expect, test } from '@jest/globals'
import { formatPlatform, hostPlatform, matchPlatform, normalizePlatform, parsePlatform } from './platform.ts'

describe('parsePlatform', () => {
  test.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['Linux/AMD64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/i686', 'linux/386'],
    ['macos/arm64', 'darwin/arm64'],
    ['windows/amd64', 'windows/amd64'],
    ['linux/riscv64', 'linux/riscv64'],
    ['unknown/unknown', 'unknown/unknown'],
  ])('%s is %s', (text, expected) => {
    expect(formatPlatform(parsePlatform(text))).toBe(expected)
  })

  test('one word takes the other half from the host', () => {
    expect(parsePlatform('windows')).toEqual({ ...hostPlatform(), os: 'windows' })
    expect(formatPlatform(parsePlatform('s390x'))).toBe(`${hostPlatform().os}/s390x`)
    expect(formatPlatform(parsePlatform('armhf'))).toBe(`${hostPlatform().os}/arm/v7`)
  })

  test.each(['', '/', 'foo', 'arm6', 'linux/', 'linux/arm/v7/x', 'li nux/arm', `linux/${'a'.repeat(65)}`])(
    '%j is refused',
    (text) => {
      expect(() => parsePlatform(text)).toThrow('expected os/architecture[/variant]')
    },
  )

  test('the host runs linux containers', () => {
    expect(hostPlatform().os).toBe('linux')
  })

  test('other fields survive normalisation', () => {
    const windows = { os: 'Windows', architecture: 'x64', 'os.version': '10.0.1', 'os.features': ['win32k'] }
    expect(normalizePlatform(windows)).toEqual({ ...windows, os: 'windows', architecture: 'amd64' })
  })
})

describe('matchPlatform', () => {
  const entries = (...platforms: readonly string[]) =>
    platforms.map((text) => {
      const [os = '', architecture = '', variant] = text.split('/')
      return { text, platform: { os, architecture, ...(variant === undefined ? {} : { variant }) } }
    })

  test.each([
    ['linux/amd64', ['linux/arm64', 'linux/amd64'], 'linux/amd64'],
    ['linux/arm64', ['linux/amd64', 'linux/arm64/v8'], 'linux/arm64/v8'],
    ['linux/arm64/v8', ['linux/arm64'], 'linux/arm64'],
    ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v6'],
    ['linux/arm/v7', ['linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v7'],
    ['linux/arm', ['linux/arm/v5', 'linux/arm/v7'], 'linux/arm/v7'],
    ['linux/arm/v6', ['linux/arm/v7'], undefined],
    ['linux/amd64', ['linux/amd64/v2'], undefined],
    ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2', 'linux/amd64/v4'], 'linux/amd64/v2'],
    ['linux/arm64', ['linux/arm64/weird'], undefined],
    ['linux/amd64', ['windows/amd64', 'unknown/unknown'], undefined],
    ['linux/amd64', [], undefined],
  ])('%s among %j is %s', (wanted, platforms, expected) => {
    expect(matchPlatform(entries(...platforms), parsePlatform(wanted))?.text).toBe(expected)
  })

  test('of several that match the first is taken', () => {
    const first = { name: 'first', platform: { os: 'linux', architecture: 'amd64' } }
    expect(matchPlatform([first, { ...first, name: 'second' }], parsePlatform('linux/amd64'))?.name).toBe('first')
  })

  test('entries without a platform never match', () => {
    expect(matchPlatform([{}], parsePlatform('linux/amd64'))).toBeUndefined()
  })

  test('the version of the system counts only where it is wanted', () => {
    const windows = (version: string) => ({ platform: { os: 'windows', architecture: 'amd64', 'os.version': version } })
    const list = [windows('10.0.1'), windows('10.0.2')]
    const wanted = { os: 'windows', architecture: 'amd64' }
    expect(matchPlatform(list, wanted)).toBe(list[0])
    expect(matchPlatform(list, { ...wanted, 'os.version': '10.0.2' })).toBe(list[1])
    expect(matchPlatform(list, { ...wanted, 'os.version': '10.0.3' })).toBeUndefined()
  })

  test('an entry that needs features beyond the wanted ones does not match', () => {
    const entry = { platform: { os: 'windows', architecture: 'amd64', 'os.features': ['win32k'] } }
    const wanted = { os: 'windows', architecture: 'amd64' }
    expect(matchPlatform([entry], { ...wanted, 'os.features': [] })).toBeUndefined()
    expect(matchPlatform([entry], { ...wanted, 'os.features': ['win32k'] })).toBe(entry)
  })
})
