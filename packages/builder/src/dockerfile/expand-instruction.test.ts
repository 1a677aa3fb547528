import { describe, expect, test } from '@jest/globals'
import { expandInstruction } from './expand-instruction.ts'
import { parseDockerfile } from './parse-dockerfile.ts'
import { parseInstructions } from './parse-instructions.ts'

const environment = new Map([
  ['a', 'A'],
  ['two', 'x y'],
  ['git', 'https://host/x.git'],
])

function expanded(...text: readonly string[]): object {
  const file = parseInstructions(parseDockerfile(['FROM $a', ...text].join('\n')))
  const [stage] = file.stages
  const instruction = stage?.instructions[0] ?? stage?.from
  if (instruction === undefined) throw new Error('there is an instruction')
  return expandInstruction(instruction, environment, { escape: file.escape })
}

describe('variables are replaced in', () => {
  test.each<[string, object]>([
    ['ADD --chown=$a --chmod=$a $a "$two" $a/', { sources: ['A', 'x y'], destination: 'A/', chown: 'A', chmod: 'A' }],
    ['COPY ["$two", "$a"]', { sources: ['x y'], destination: 'A' }],
    [
      'ARG $a=$two b="c d"',
      {
        args: [
          { name: 'A', value: 'x y' },
          { name: 'b', value: 'c d' },
        ],
      },
    ],
    [
      'ENV b=$a c=$b $a="d e"',
      {
        variables: [
          { name: 'b', value: 'A' },
          { name: 'c', value: '' },
          { name: 'A', value: 'd e' },
        ],
      },
    ],
    ['ENV b $a "c"', { variables: [{ name: 'b', value: 'A c' }] }],
    [
      'LABEL "b.c"=\'$a\' d=$a',
      {
        labels: [
          { name: 'b.c', value: '$a' },
          { name: 'd', value: 'A' },
        ],
      },
    ],
    ['EXPOSE $two 80', { ports: ['x', 'y', '80'] }],
    ['STOPSIGNAL $a', { signal: 'A' }],
    ['USER $a:$a', { user: 'A:A' }],
    ['VOLUME $two /b', { volumes: ['x y', '/b'] }],
    ['WORKDIR /$a/\\$a', { path: '/A/$a' }],
    ['', { image: 'A' }],
  ])('%s', (text, fields) => {
    expect(expanded(text)).toMatchObject(fields)
  })

  test('heredocs of COPY, unless their word is quoted', () => {
    const { inlineFiles } = expanded('COPY <<b <<"c" /d/', '"$a" \\$a', 'b', '$a', 'c') as { inlineFiles: object }
    expect(inlineFiles).toMatchObject([{ content: '"A" $a\n' }, { content: '$a\n' }])
  })
})

test.each([
  'RUN $a',
  'CMD $a',
  'ENTRYPOINT ["$a"]',
  'HEALTHCHECK CMD $a',
  'MAINTAINER $a',
  'ONBUILD RUN $a',
  'SHELL ["$a"]',
])('%s comes back as it is', (text) => {
  const file = parseInstructions(parseDockerfile(`FROM b\n${text}`))
  expect(expanded(text)).toEqual(file.stages[0]?.instructions[0])
})

describe('errors name the place', () => {
  test.each([
    ['WORKDIR ${', 'Dockerfile:2: cannot expand "${": there is no } that ends the substitution, in: WORKDIR ${'],
    ['USER "b', 'Dockerfile:2: cannot expand "\\"b": a double quote (") is not closed, in: USER "b'],
    ['ENV $none=b', 'Dockerfile:2: a name in ENV is empty: $none, in: ENV $none=b'],
    ['ADD $git /b', 'Dockerfile:2: ADD of the git repository https://host/x.git is not supported yet, in: ADD $git /b'],
  ])('%s', (text, message) => {
    expect(() => expanded(text)).toThrow(message)
  })
})
