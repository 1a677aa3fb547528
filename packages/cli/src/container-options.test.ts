import { writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { tempDir } from '@tsreg/testkit'
import {
  parseBytes,
  parseCpus,
  parseEnv,
  parseLabels,
  parseMemory,
  parseNetwork,
  parsePidsLimit,
  parseTmpfs,
  parseVolume,
  parseWorkdir,
  readEnvFile,
} from './container-options.ts'

const usage = expect.objectContaining({ code: 'USAGE' })

describe('sizes', () => {
  test.each([
    ['512', 512],
    ['1k', 1024],
    ['1.5M', 1_572_864],
    ['2g', 2_147_483_648],
    ['7b', 7],
    ['3kb', 3072],
    ['3KiB', 3072],
  ])('%s are %d bytes', (text, bytes) => {
    expect(parseBytes(text, '--memory')).toBe(bytes)
  })

  test.each(['', 'm', '-1', '1x', '1 2', '1e3', '0x10', `${'9'.repeat(20)}`])('%j is none', (text) => {
    expect(() => parseBytes(text, '--memory')).toThrow(usage)
  })

  test('of memory begin where a process can start, and 0 is no limit', () => {
    expect(parseMemory('6m')).toBe(6 << 20)
    expect(() => parseMemory('5m')).toThrow('Minimum memory limit allowed is 6MB')
    expect(parseMemory('0')).toBeUndefined()
  })
})

describe('processors and processes', () => {
  test('as many processors as there are, in hundredths', () => {
    expect([parseCpus('1.5', 2), parseCpus('.5', 2), parseCpus('0', 2)]).toEqual([1.5, 0.5, undefined])
    for (const text of ['0.001', '2.01', '-1', '1e1', 'two', '']) expect(() => parseCpus(text, 2)).toThrow(usage)
  })

  test('processes, of which 0 and -1 are no limit', () => {
    expect([parsePidsLimit('7'), parsePidsLimit('0'), parsePidsLimit('-1')]).toEqual([7, undefined, undefined])
    for (const text of ['', 'x', '1.5']) expect(() => parsePidsLimit(text)).toThrow(usage)
  })
})

describe('volumes', () => {
  test.each([
    ['/srv:/data', { kind: 'bind', source: '/srv', destination: '/data', readOnly: false, options: [] }],
    ['/srv:/data:ro', { kind: 'bind', source: '/srv', destination: '/data', readOnly: true, options: [] }],
    [
      '/srv:/data:rw,rslave',
      { kind: 'bind', source: '/srv', destination: '/data', readOnly: false, options: ['rslave'] },
    ],
    ['/data', { kind: 'volume', source: '', destination: '/data', readOnly: false, options: [] }],
  ])('%s', (text, expected) => {
    expect(parseVolume(text)).toMatchObject(expected)
  })

  test.each([
    ...['', ':', '/a:', ':/a', '/a:/b:/c:/d', '/a:/b:fast', '/a:b', 'data', 'name:/data', './here:/data'],
    ...['/a:/', '/a:/b/..', '/', '/a:/./'],
  ])('%j is refused', (text) => {
    expect(() => parseVolume(text)).toThrow(usage)
  })

  test('of memory take options, and have a place', () => {
    expect(parseTmpfs('/x:size=1m,ro')).toMatchObject({
      kind: 'tmpfs',
      destination: '/x',
      readOnly: true,
      options: ['size=1m'],
    })
    for (const text of ['', 'x', '/', '/x/..:size=1m']) expect(() => parseTmpfs(text)).toThrow(usage)
  })
})

describe('variables and labels', () => {
  test('a bare name takes its value from here, and is nothing where there is none', () => {
    const here = { HOME: '/home/me' }
    expect([parseEnv('A=b=c', here), parseEnv('HOME', here), parseEnv('NONE', here), parseEnv('E=', here)]).toEqual([
      ...[['A=b=c'], ['HOME=/home/me'], [], ['E=']],
    ])
    for (const text of ['', '=x']) expect(() => parseEnv(text, here)).toThrow(usage)
  })

  test('a file has one each line, without those that say nothing', async () => {
    await using directory = await tempDir()
    const file = directory.join('env')
    writeFileSync(file, '\uFEFFA=1\r\n# remark\n\n  B=2 \nHERE\n')
    expect(readEnvFile(file, { HERE: 'x' })).toEqual(['A=1', 'B=2 ', 'HERE=x'])
    writeFileSync(file, 'A B=1\n')
    expect(() => readEnvFile(file, {})).toThrow(usage)
  })

  test('labels have a value or an empty one', () => {
    expect(parseLabels(['a=b=c', 'd', '__proto__=x'])).toEqual(
      Object.fromEntries([
        ['a', 'b=c'],
        ['d', ''],
        ['__proto__', 'x'],
      ]),
    )
  })
})

describe('places and networks', () => {
  test('a working directory is absolute', () => {
    expect(parseWorkdir('/a/../b')).toMatch(/^\//)
    for (const text of ['', 'a', './a', '../a']) expect(() => parseWorkdir(text)).toThrow(usage)
  })

  test('the networks are two', () => {
    expect([parseNetwork('host'), parseNetwork('none')]).toEqual(['host', 'none'])
    for (const text of ['bridge', 'container:a', 'default', '', 'HOST']) expect(() => parseNetwork(text)).toThrow(usage)
  })
})
