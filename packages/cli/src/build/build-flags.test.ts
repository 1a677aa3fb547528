import { describe, expect, test } from '@jest/globals'
import { type BuildFlags, buildOptions } from './build-flags.ts'

const flags: BuildFlags = { tag: [], buildArg: [], label: [], cache: true, progress: 'auto' }
const { signal } = new AbortController()
const optionsOf = (more: Partial<BuildFlags>, env: Record<string, string> = {}) =>
  buildOptions({ ...flags, ...more }, { env, signal })

describe('the flags of build', () => {
  test('a build argument without a value takes that of the environment, and none where there is none', () => {
    const { buildArgs } = optionsOf({ buildArg: ['A=1', 'B', 'C', 'D=', 'E=x=y'] }, { B: '2' })
    expect(Object.fromEntries(buildArgs ?? [])).toEqual({ A: '1', B: '2', D: '', E: 'x=y' })
  })

  test('a label without a value is empty', () => {
    expect(Object.fromEntries(optionsOf({ label: ['a=b c', 'd'] }).labels ?? [])).toEqual({ a: 'b c', d: '' })
  })

  test('SOURCE_DATE_EPOCH, the platform and the network are read', () => {
    const options = optionsOf({ platform: 'linux/arm64', network: 'none' }, { SOURCE_DATE_EPOCH: '7' })
    expect(options).toMatchObject({
      sourceDateEpoch: 7,
      platform: { os: 'linux', architecture: 'arm64' },
      network: 'none',
    })
    expect(optionsOf({}, { SOURCE_DATE_EPOCH: '' })).toMatchObject({ sourceDateEpoch: undefined, network: 'host' })
  })

  test.each<[Partial<BuildFlags>, Record<string, string>, string]>([
    [{ buildArg: ['=x'] }, {}, 'has no name'],
    [{ label: ['a b=c'] }, {}, 'without blanks'],
    [{ network: 'bridge' }, {}, 'there are host and none'],
    [{}, { SOURCE_DATE_EPOCH: 'yesterday' }, 'not a number of seconds'],
  ])('%j with %j is an error', (more, env, why) => {
    expect(() => optionsOf(more, env)).toThrow(why)
  })
})
