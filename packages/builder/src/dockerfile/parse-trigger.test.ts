import { describe, expect, test } from '@jest/globals'
import { parseDuration } from './instructions/duration.ts'
import { parseDockerfile } from './parse-dockerfile.ts'
import { parseInstructions } from './parse-instructions.ts'
import { parseTrigger } from './parse-trigger.ts'
import { exposedPorts } from './ports.ts'
import { runScript } from './run-script.ts'

describe('a trigger', () => {
  test('is an instruction like another, heredocs included', () => {
    expect(parseTrigger('COPY <<a /b\n1\na')).toMatchObject([
      { kind: 'COPY', inlineFiles: [{ name: 'a', content: '1\n' }], destination: '/b', line: 1, endLine: 3 },
    ])
  })

  test.each([
    ['FROM a', 'base:1: FROM is not allowed behind ONBUILD, in: FROM a'],
    ['ONBUILD RUN a', 'base:1: ONBUILD is not allowed behind ONBUILD, in: ONBUILD RUN a'],
    ['MAINTAINER a', 'base:1: MAINTAINER is not allowed behind ONBUILD, in: MAINTAINER a'],
    ['RUN --mount=type=tmpfs a', 'base:1: RUN --mount=type=tmpfs is not supported yet, in: RUN --mount=type=tmpfs a'],
    ['', 'base:1: the file has no instructions'],
  ])('%j is refused where it is used', (text, message) => {
    expect(() => parseTrigger(text, { fileName: 'base' })).toThrow(message)
  })
})

describe('the script of a RUN', () => {
  const script = (...text: readonly string[]) => {
    const { stages } = parseInstructions(parseDockerfile(['FROM a', ...text].join('\n')))
    const [run] = stages[0]?.instructions ?? []
    return run?.kind === 'RUN' ? runScript(run) : undefined
  }

  test.each([
    ['words', ['RUN ["a", "b"]'], { form: 'exec', args: ['a', 'b'] }],
    ['a text', ['RUN a b'], { form: 'shell', text: 'a b' }],
    ['a heredoc alone', ['RUN <<E', 'a', 'b', 'E'], { form: 'shell', text: 'a\nb\n' }],
    ['a heredoc with an interpreter', ['RUN <<E', '#!/bin/a', 'E'], { form: 'file', name: 'E', content: '#!/bin/a\n' }],
    ['a heredoc for a command', ['RUN cat <<E >b', 'a', 'E'], { form: 'shell', text: 'cat <<E >b\na\nE' }],
    ['two heredocs', ['RUN <<E cat 3<<F', 'a', 'E', 'b', 'F'], { form: 'shell', text: '<<E cat 3<<F\na\nE\nb\nF' }],
  ])('of %s', (_, text, expected) => {
    expect(script(...text)).toEqual(expected)
  })
})

describe('durations', () => {
  test.each([
    ['0', 0],
    ['30s', 30e9],
    ['1h2m3s4ms5us6ns', 3_723_004_005_006],
    ['1.5m', 90e9],
    ['.5s', 500_000_000],
    ['1.s', 1e9],
    ['0.1s', 100_000_000],
    ['2.030s', 2_030_000_000],
    ['1.9999999999999999999s', 1_999_999_999],
    ['1\u00b5s', 1000],
    ['-1s', -1e9],
    ['+1s', 1e9],
    ['', undefined],
    ['1', undefined],
    ['s', undefined],
    ['.s', undefined],
    ['1s 2s', undefined],
    ['1d', undefined],
    ['1e3s', undefined],
    ['3000000h', undefined],
  ])('%j is %s ns', (text, expected) => {
    expect(parseDuration(text)).toBe(expected)
  })
})

describe('ports', () => {
  const place = { file: 'Dockerfile', line: 1, endLine: 1, text: 'EXPOSE' }

  test('have a protocol, ranges are unfolded, each is there once', () => {
    expect(exposedPorts(['443', '80/UDP', '80', '8001-8003/sctp', '80/tcp', '1:90', '127.0.0.1:2:91'], place)).toEqual([
      '80/tcp',
      '80/udp',
      '90/tcp',
      '91/tcp',
      '443/tcp',
      '8001/sctp',
      '8002/sctp',
      '8003/sctp',
    ])
  })

  test.each(['', 'a', '80/', '80/icmp', '65536', '9-8', '80-', '-80', '80/tcp/udp'])('%j is none', (word) => {
    expect(() => exposedPorts([word], place)).toThrow(expect.objectContaining({ code: 'DOCKERFILE_INVALID' }))
  })
})
