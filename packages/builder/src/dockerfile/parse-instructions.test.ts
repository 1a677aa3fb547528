import { describe, expect, test } from '@jest/globals'
import { parseDockerfile } from './parse-dockerfile.ts'
import { parseInstructions } from './parse-instructions.ts'

const parse = (...text: readonly string[]) => parseInstructions(parseDockerfile(text.join('\n')))
/** The only instruction behind FROM. */
const instruction = (...text: readonly string[]) => parse('FROM base', ...text).stages[0]?.instructions[0]

describe('stages', () => {
  test('each FROM begins one, with the instructions that follow', () => {
    const file = parse(
      'ARG v=1',
      'ARG w',
      'FROM --platform=linux/arm64 a:$v AS Build',
      'RUN b',
      'FROM scratch',
      'CMD ["c"]',
    )
    expect(file.metaArgs.map(({ args }) => args)).toEqual([[{ name: 'v', value: '1' }], [{ name: 'w' }]])
    expect(file.stages).toMatchObject([
      {
        index: 0,
        name: 'build',
        from: { kind: 'FROM', image: 'a:$v', platform: 'linux/arm64', as: 'build', line: 3 },
        instructions: [{ kind: 'RUN', command: { form: 'shell', text: 'b' }, original: 'RUN b', line: 4, endLine: 4 }],
      },
      { index: 1, name: undefined, from: { image: 'scratch' }, instructions: [{ kind: 'CMD' }] },
    ])
  })
})

describe('instructions', () => {
  test.each<[string, object]>([
    ['ADD a b c/', { kind: 'ADD', sources: ['a', 'b'], destination: 'c/', inlineFiles: [] }],
    ['ADD ["a b", "c"]', { sources: ['a b'], destination: 'c' }],
    ['ADD --chown=1:2 --chmod=755 a b', { chown: '1:2', chmod: '755' }],
    [
      'ARG a b= c="d e"',
      { kind: 'ARG', args: [{ name: 'a' }, { name: 'b', value: '' }, { name: 'c', value: '"d e"' }] },
    ],
    ['CMD ["a", "b c"]', { kind: 'CMD', command: { form: 'exec', args: ['a', 'b c'] } }],
    ['CMD a "b" && c', { command: { form: 'shell', text: 'a "b" && c' } }],
    ['CMD', { command: { form: 'shell', text: '' } }],
    ['CMD []', { command: { form: 'exec', args: [] } }],
    ['COPY --from=Build --link=false a b', { kind: 'COPY', from: 'Build', flags: ['--from=Build', '--link=false'] }],
    ['entrypoint ["a"]', { kind: 'ENTRYPOINT', command: { form: 'exec', args: ['a'] } }],
    [
      'ENV a=b "c d"=e',
      {
        kind: 'ENV',
        variables: [
          { name: 'a', value: 'b' },
          { name: '"c d"', value: 'e' },
        ],
      },
    ],
    ['ENV a  b c=d', { variables: [{ name: 'a', value: 'b c=d' }] }],
    ['EXPOSE 80 81-82/udp $p', { kind: 'EXPOSE', ports: ['80', '81-82/udp', '$p'] }],
    ['HEALTHCHECK NONE', { kind: 'HEALTHCHECK', healthcheck: { type: 'NONE' } }],
    [
      'HEALTHCHECK --interval=1m30s --timeout=0s --start-period=1.5s --start-interval=1ms --retries=3 cmd a b',
      {
        healthcheck: {
          type: 'CMD',
          command: { form: 'shell', text: 'a b' },
          intervalNs: 90e9,
          startPeriodNs: 1.5e9,
          startIntervalNs: 1e6,
          retries: 3,
        },
      },
    ],
    ['HEALTHCHECK CMD ["a"]', { healthcheck: { type: 'CMD', command: { form: 'exec', args: ['a'] } } }],
    [
      'LABEL a=b c="d"',
      {
        kind: 'LABEL',
        labels: [
          { name: 'a', value: 'b' },
          { name: 'c', value: '"d"' },
        ],
      },
    ],
    ['MAINTAINER a <b@c>', { kind: 'MAINTAINER', author: 'a <b@c>' }],
    ['ONBUILD  Copy . /a', { kind: 'ONBUILD', trigger: 'Copy . /a' }],
    ['ONBUILD RUN --mount=type=cache b', { trigger: 'RUN --mount=type=cache b' }],
    ['RUN --network=default --security=sandbox a', { kind: 'RUN', command: { form: 'shell', text: 'a' } }],
    ['SHELL ["/bin/bash", "-c"]', { kind: 'SHELL', shell: ['/bin/bash', '-c'] }],
    ['STOPSIGNAL SIGTERM', { kind: 'STOPSIGNAL', signal: 'SIGTERM' }],
    ['USER a:b', { kind: 'USER', user: 'a:b' }],
    ['VOLUME /a /b', { kind: 'VOLUME', volumes: ['/a', '/b'] }],
    ['WORKDIR /a b', { kind: 'WORKDIR', path: '/a b' }],
  ])('%s', (text, expected) => {
    expect(instruction(text)).toMatchObject(expected)
  })

  test('a duration of 0 and absent flags leave no field', () => {
    expect(instruction('HEALTHCHECK --interval=0s --retries=0 CMD a')).toMatchObject({
      healthcheck: { type: 'CMD', command: { form: 'shell', text: 'a' } },
    })
    expect(Object.keys(instruction('COPY a b') ?? {})).not.toContain('from')
  })

  test('heredocs of COPY are files, those of RUN stay with the command', () => {
    expect(instruction('COPY a <<"b" <<c /d/', '1', 'b', '$2', 'c')).toMatchObject({
      sources: ['a'],
      inlineFiles: [
        { name: 'b', content: '1\n', expand: false },
        { name: 'c', content: '$2\n', expand: true },
      ],
      destination: '/d/',
    })
    expect(instruction('COPY << a /d', '1', 'a')).toMatchObject({ sources: [], inlineFiles: [{ name: 'a' }] })
    expect(instruction('RUN cat <<a', '1', 'a')).toMatchObject({
      command: { form: 'shell', text: 'cat <<a' },
      heredocs: [{ name: 'a', content: '1\n' }],
      original: 'RUN cat <<a',
    })
  })

  test('a trigger keeps its heredocs', () => {
    expect(instruction('ONBUILD RUN <<a', '1', 'a')).toMatchObject({ trigger: 'RUN <<a\n1\na' })
  })
})

describe('errors name file, line and text', () => {
  test.each<[string, string, string]>([
    ['FRM a', 'INSTRUCTION_UNKNOWN', 'Dockerfile:2: unknown instruction FRM, did you mean FROM?, in: FRM a'],
    ['apt-get install', 'INSTRUCTION_UNKNOWN', 'Dockerfile:2: unknown instruction apt-get, in: apt-get install'],
    [
      'COPY --chwon=1 a b',
      'FLAG_UNKNOWN',
      'Dockerfile:2: COPY has no flag --chwon, did you mean --chown?, in: COPY --chwon=1 a b',
    ],
    ['CMD --constructor=a b', 'FLAG_UNKNOWN', 'Dockerfile:2: CMD has no flag --constructor, in: CMD --constructor=a b'],
    [
      'COPY --from=a --from=b c d',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: the flag --from stands there twice, in: COPY --from=a --from=b c d',
    ],
    [
      'COPY --chown a b',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: the flag --chown has no value; write --chown=VALUE, in: COPY --chown a b',
    ],
    [
      'COPY --link=x a b',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: the flag --link is true or false, not "x", in: COPY --link=x a b',
    ],
    [
      'COPY --from=$a b c',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: variables are not replaced in COPY --from, in: COPY --from=$a b c',
    ],
    ['COPY a', 'DOCKERFILE_INVALID', 'Dockerfile:2: COPY needs at least one source and a destination, in: COPY a'],
    ['ENV =a', 'DOCKERFILE_INVALID', 'Dockerfile:2: a name in ENV is empty, in: ENV =a'],
    [
      'ENV a=b c',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: there is no = in "c"; it must have the form name=value, in: ENV a=b c',
    ],
    ['LABEL', 'DOCKERFILE_INVALID', 'Dockerfile:2: LABEL needs at least one argument, in: LABEL'],
    ['USER', 'DOCKERFILE_INVALID', 'Dockerfile:2: USER needs an argument, in: USER'],
    [
      'FROM a b',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: FROM needs an image, or an image and AS with the name of the stage, in: FROM a b',
    ],
    [
      'SHELL bash',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: SHELL needs its arguments as a JSON array of strings, in: SHELL bash',
    ],
    ['VOLUME [" "]', 'DOCKERFILE_INVALID', 'Dockerfile:2: a path in VOLUME is empty, in: VOLUME [" "]'],
    [
      'HEALTHCHECK NONE a',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: HEALTHCHECK NONE takes no arguments, in: HEALTHCHECK NONE a',
    ],
    [
      'HEALTHCHECK TCP a',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: HEALTHCHECK is NONE or CMD, not "TCP", in: HEALTHCHECK TCP a',
    ],
    [
      'HEALTHCHECK --interval=1 CMD a',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: --interval is no duration such as 30s or 1m30s: "1", in: HEALTHCHECK --interval=1 CMD a',
    ],
    [
      'HEALTHCHECK --timeout=1us CMD a',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: --timeout cannot be less than 1ms, it is 1us, in: HEALTHCHECK --timeout=1us CMD a',
    ],
    [
      'HEALTHCHECK --retries=-1 CMD a',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: --retries is a number from 0 on, not "-1", in: HEALTHCHECK --retries=-1 CMD a',
    ],
    ['ONBUILD FROM a', 'DOCKERFILE_INVALID', 'Dockerfile:2: FROM is not allowed behind ONBUILD, in: ONBUILD FROM a'],
    [
      'ONBUILD ONBUILD RUN a',
      'DOCKERFILE_INVALID',
      'Dockerfile:2: ONBUILD is not allowed behind ONBUILD, in: ONBUILD ONBUILD RUN a',
    ],
    ['ONBUILD', 'DOCKERFILE_INVALID', 'Dockerfile:2: ONBUILD needs an instruction, in: ONBUILD'],
  ])('%s', (text, code, message) => {
    expect(() => parse('FROM base', text)).toThrow(expect.objectContaining({ code, message }))
  })

  test.each([
    ['FROM a AS 1b', '"1b" is no name for a stage: a letter, then letters, digits, dots, dashes and underscores'],
    ['RUN a', 'RUN stands before the first FROM, where only ARG may stand'],
    ['ARG a', 'the file has no FROM'],
  ])('%s in the first line', (text, message) => {
    expect(() => parse(text)).toThrow(`Dockerfile:1: ${message}, in: ${text}`)
  })

  test('an instruction of several lines is joined, one with control characters stays one line', () => {
    expect(() => parse('FROM a', '# b', 'RUUN c \\', '  d\u0007')).toThrow(
      expect.objectContaining({
        message: 'Dockerfile:3: unknown instruction RUUN, did you mean RUN?, in: RUUN c   d\\u0007',
        place: { file: 'Dockerfile', line: 3, endLine: 4, text: 'RUUN c   d\u0007' },
      }),
    )
  })

  test('the file has the name it was given', () => {
    const dockerfile = parseDockerfile('FROM', { fileName: 'sub/Containerfile' })
    expect(() => parseInstructions(dockerfile)).toThrow(/^sub\/Containerfile:1: /)
  })
})

describe('what is recognised and cannot be done yet, says so', () => {
  test.each([
    ['RUN --mount=type=cache,target=/a b', 'RUN --mount=type=cache,target=/a'],
    ['RUN --network=none a', 'RUN --network=none'],
    ['RUN --security=insecure a', 'RUN --security=insecure'],
    ['COPY --link a b', 'COPY --link'],
    ['COPY --parents a b', 'COPY --parents'],
    ['COPY --exclude=c a b', 'COPY --exclude=c'],
    ['ADD --checksum=sha256:1 a b', 'ADD --checksum=sha256:1'],
    ['ADD --keep-git-dir a b', 'ADD --keep-git-dir'],
    ['ADD --unpack=true a b', 'ADD --unpack'],
    ['ADD https://host/a.git#v1 b', 'ADD of the git repository https://host/a.git#v1'],
    ['ADD git@host:a.git b', 'ADD of the git repository git@host:a.git'],
  ])('%s', (text, what) => {
    expect(() => parse('FROM base', text)).toThrow(
      expect.objectContaining({
        code: 'FEATURE_UNSUPPORTED',
        message: `Dockerfile:2: ${what} is not supported yet, in: ${text}`,
      }),
    )
  })

  test('a frontend other than that of docker', () => {
    expect(() => parse('# syntax=example/frontend:1', 'FROM a')).toThrow(
      'Dockerfile:1: the frontend example/frontend:1 is not supported yet, in: # syntax=example/frontend:1',
    )
    expect(parse('# syntax=docker.io/docker/dockerfile:1.7-labs', 'FROM a').stages).toHaveLength(1)
  })
})

test('warnings come in the order of their lines', () => {
  const { warnings } = parse(
    'FROM a AS Build',
    'MAINTAINER b',
    'ENV c d',
    'Run e \\',
    '',
    ' f',
    'CMD g',
    'CMD ["h"]',
    'FROM a as build',
    'FROM a AS scratch',
  )
  expect(warnings.map(({ code, line }) => [code, line])).toEqual([
    ['StageNameCasing', 1],
    ['MaintainerDeprecated', 2],
    ['LegacyKeyValueFormat', 3],
    ['ConsistentInstructionCasing', 4],
    ['NoEmptyContinuation', 5],
    ['JSONArgsRecommended', 7],
    ['MultipleInstructionsDisallowed', 7],
    ['FromAsCasing', 9],
    ['DuplicateStageName', 9],
    ['ReservedStageName', 10],
  ])
})
