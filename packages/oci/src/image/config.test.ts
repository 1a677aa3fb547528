import { describe, expect, test } from '@jest/globals'
import { digestOf } from '../digest.ts'
import { chainIds, parseImageConfig } from './config.ts'

const diffIds = [digestOf('one'), digestOf('two'), digestOf('three')]
const minimal = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } }
const parse = (document: unknown) => parseImageConfig(Buffer.from(JSON.stringify(document)))

describe('parseImageConfig', () => {
  test('the required fields are enough', () => {
    expect(parse(minimal)).toEqual(minimal)
  })

  test('unknown fields are kept, at the top, in the container config and in rootfs', () => {
    const document = {
      ...minimal,
      docker_version: '20.10',
      config: { Cmd: ['sh'], Healthcheck: { Test: ['NONE'] } },
      history: [{ created_by: 'RUN x', empty_layer: true, extra: 1 }],
    }
    expect(parse(document)).toEqual(document)
  })

  test('null stands for absence, as Docker writes it', () => {
    const config = { Cmd: null, Env: ['A=b'], Volumes: null, Labels: null, OnBuild: null }
    expect(parse({ ...minimal, created: null, history: null, config })).toEqual({
      ...minimal,
      config: { Env: ['A=b'] },
    })
    expect(parse({ ...minimal, config: null, rootfs: { type: 'layers', diff_ids: null } })).toEqual({
      ...minimal,
      rootfs: { type: 'layers', diff_ids: [] },
    })
  })

  test('nesting is taken up to a depth that can be written out again', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    const document = (levels: number) => Buffer.from(JSON.stringify(minimal).replace(/}$/, `,"x":${nested(levels)}}`))
    expect(JSON.stringify(parseImageConfig(document(100)).x)).toBe(nested(100))
    for (const levels of [101, 1_000_000]) {
      expect(() => parseImageConfig(document(levels))).toThrow('nested more than 100 levels deep')
    }
  })

  test.each([
    ['architecture', { ...minimal, architecture: undefined }, 'architecture: expected a string, got nothing'],
    ['os', { ...minimal, os: 5 }, 'os: expected a string, got 5'],
    ['rootfs', { ...minimal, rootfs: undefined }, 'rootfs: expected an object'],
    ['rootfs.type', { ...minimal, rootfs: { type: 'snapshot' } }, 'rootfs.type: expected "layers", got "snapshot"'],
    [
      'a diff ID',
      { ...minimal, rootfs: { type: 'layers', diff_ids: ['x'] } },
      'rootfs.diff_ids[0]: "x" is not a digest',
    ],
    ['config.Env', { ...minimal, config: { Env: 'A=b' } }, 'config.Env: expected an array'],
    ['config.OnBuild', { ...minimal, config: { OnBuild: 'RUN x' } }, 'config.OnBuild: expected an array, got "RUN x"'],
    ['config.Shell', { ...minimal, config: { Shell: [{}] } }, 'config.Shell[0]: expected a string, got an object'],
    ['config.Cmd', { ...minimal, config: { Cmd: ['a', 1] } }, 'config.Cmd[1]: expected a string, got 1'],
    ['config.User', { ...minimal, config: { User: 0 } }, 'config.User: expected a string, got 0'],
    ['config.Labels', { ...minimal, config: { Labels: { a: 1 } } }, 'config.Labels.a: expected a string'],
    ['config.Volumes', { ...minimal, config: { Volumes: ['/a'] } }, 'config.Volumes: expected an object'],
    ['history', { ...minimal, history: [{}, { empty_layer: 'yes' }] }, 'history[1].empty_layer: expected a boolean'],
    ['history entries', { ...minimal, history: ['RUN x'] }, 'history[0]: expected an object'],
    ['created', { ...minimal, created: 0 }, 'created: expected a string, got 0'],
    ['os.features', { ...minimal, 'os.features': [1] }, 'os.features[0]: expected a string'],
  ])('a wrong %s is refused, naming the place', (_what, document, message) => {
    expect(() => parse(document)).toThrow(message)
  })

  test('what is not JSON is refused', () => {
    expect(() => parseImageConfig(Buffer.from('PK'))).toThrow('the document is not JSON')
  })
})

describe('chainIds', () => {
  test('each is the digest of the one before and the diff ID', () => {
    const second = digestOf(`${diffIds[0]} ${diffIds[1]}`)
    expect(chainIds(diffIds)).toEqual([diffIds[0], second, digestOf(`${second} ${diffIds[2]}`)])
  })

  test('of no layers there is none', () => {
    expect(chainIds([])).toEqual([])
  })
})
