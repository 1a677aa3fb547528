import { describe, expect, test } from '@jest/globals'
import { BuildArgs, unconsumedArgs } from './build-args.ts'
import { platformArgs } from './platform-args.ts'

const given = new Map([
  ['X', 'given'],
  ['HTTP_PROXY', 'http://proxy'],
])
const platform = platformArgs(
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm', variant: 'v7' },
)
const valuesOf = (args: BuildArgs) => Object.fromEntries(args.allowed())

describe('build arguments', () => {
  test('before the first FROM: what was given wins, the platform is known', () => {
    const args = BuildArgs.of(given, platform).withMeta('X', 'default').withMeta('Y', 'why').withMeta('Z', undefined)
    expect(Object.fromEntries(args.meta())).toMatchObject({
      ...{ X: 'given', Y: 'why', TARGETPLATFORM: 'linux/arm/v7', TARGETVARIANT: 'v7', BUILDARCH: 'amd64' },
    })
    expect(args.meta().has('Z')).toBe(false)
  })

  test('a stage sees none of them until it names them', () => {
    const args = BuildArgs.of(new Map(), platform).withMeta('Y', 'why')
    expect(valuesOf(args)).toEqual({})
    const named = args.with('Y', undefined).with('TARGETARCH', undefined).with('NONE', undefined)
    expect(valuesOf(named)).toEqual({ Y: 'why', TARGETARCH: 'arm' })
  })

  test('given beats the default of the stage, which beats the one before the first FROM', () => {
    const args = BuildArgs.of(given, platform).withMeta('X', 'meta').withMeta('Y', 'meta')
    expect(valuesOf(args.with('X', 'stage').with('Y', 'stage'))).toMatchObject({ X: 'given', Y: 'stage' })
  })

  test('the next stage has declared nothing', () => {
    expect(valuesOf(BuildArgs.of(new Map(), platform).with('A', '1').next())).toEqual({})
  })

  test('proxies are passed undeclared, and count only when they are declared', () => {
    const args = BuildArgs.of(given, platform)
    expect(valuesOf(args)).toEqual({ HTTP_PROXY: 'http://proxy' })
    expect([args.counts('HTTP_PROXY'), args.with('HTTP_PROXY', undefined).counts('HTTP_PROXY')]).toEqual([false, true])
  })

  test('arguments that nothing takes are told, sorted, without the proxies', () => {
    expect(
      unconsumedArgs(
        new Map([
          ['b', ''],
          ['a', ''],
          ['no_proxy', ''],
          ['X', ''],
        ]),
        ['X'],
      ),
    ).toEqual(['a', 'b'])
  })
})
