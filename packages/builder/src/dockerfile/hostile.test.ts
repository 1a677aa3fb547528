/**
 * Files that were made to do harm: everything ends in a result or in a typed error, and the work grows with the size only.
 * Sizes are such that work which grows with the square of the size would not end within the time that a test has.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { randomBytes, seeded } from '@tsreg/testkit'
import { BuilderError } from '../errors.ts'
import { corpusDirectory, folders } from '../testing/corpora.ts'
import { expandInstruction } from './expand-instruction.ts'
import { expandWord } from './expansion/expand.ts'
import { parseDockerfile } from './parse-dockerfile.ts'
import { parseInstructions } from './parse-instructions.ts'
import { parseTrigger } from './parse-trigger.ts'

const seed = Number(process.env.TSREG_FUZZ_SEED ?? 1)
const environment = new Map([['a', 'b c']])
const mega = 1024 * 1024

/** `built`, or the code of a typed error; anything else is thrown. */
function outcome(content: string | Uint8Array): string {
  try {
    const file = parseInstructions(parseDockerfile(content))
    for (const { from, instructions } of file.stages) {
      for (const instruction of [from, ...instructions]) {
        const expanded = expandInstruction(instruction, environment, { escape: file.escape })
        if (expanded.kind === 'ONBUILD') parseTrigger(expanded.trigger)
      }
    }
    return 'built'
  } catch (error) {
    if (error instanceof BuilderError) return error.code
    throw error
  }
}

describe('large files', () => {
  test.each<[string, string, string]>([
    ['a line of 1 MB', `RUN ${'a'.repeat(mega)}`, 'built'],
    ['a word of 1 MB that is no instruction', 'a'.repeat(mega), 'INSTRUCTION_UNKNOWN'],
    ['a flag of 1 MB', `COPY --${'a'.repeat(mega)} b c`, 'FLAG_UNKNOWN'],
    ['100,000 continuations', `RUN a${' \\\n b'.repeat(100_000)}`, 'built'],
    ['100,000 empty lines in an instruction', `RUN a \\\n${'\n'.repeat(100_000)}b`, 'built'],
    ['100,000 comments in an instruction', `RUN a \\\n${'# c\n'.repeat(100_000)}b`, 'built'],
    ['100,000 instructions', 'RUN a\n'.repeat(100_000), 'built'],
    ['100,000 stages of one name', 'FROM a AS b\n'.repeat(100_000), 'built'],
    ['a million blanks', `RUN a${' '.repeat(mega)}\\${' '.repeat(mega)}\n${'\t'.repeat(mega)}b`, 'built'],
    ['a million carriage returns', `RUN a${'\r'.repeat(mega)}b${'\r'.repeat(mega)}`, 'built'],
    ['a million escape tokens', `ENV a=${'\\'.repeat(mega)}`, 'built'],
    ['100,000 pairs', `ENV${' a=b'.repeat(100_000)}`, 'built'],
    ['100,000 quoted words', `LABEL${` "a"='b'`.repeat(100_000)}`, 'built'],
    ['a million quotes', `ENV a=${'"'.repeat(mega)}`, 'built'],
    ['100,000 flags', `COPY${' --exclude=a'.repeat(100_000)} b c`, 'FEATURE_UNSUPPORTED'],
    ['500,000 nested brackets', `CMD ${'['.repeat(500_000)}`, 'built'],
    ['500,000 nested arrays', `CMD ${'['.repeat(500_000)}${']'.repeat(500_000)}`, 'DOCKERFILE_INVALID'],
    ['100,000 nested ONBUILD', `${'ONBUILD '.repeat(100_000)}RUN a`, 'DOCKERFILE_INVALID'],
    ['20,000 heredocs in a line', `COPY${' <<a'.repeat(20_000)} /b\n${'c\na\n'.repeat(20_000)}`, 'built'],
    ['20,000 heredocs of other names', `COPY${named(20_000)} /b\n${ends(20_000)}`, 'built'],
    ['a heredoc of 1 MB that does not end', `RUN <<a\n${'b\n'.repeat(mega / 2)}`, 'DOCKERFILE_INVALID'],
    ['a heredoc of tabs', `COPY <<-a /b\n${'\t'.repeat(mega)}c\na\n`, 'built'],
    ['1,000,000 angle brackets', `RUN ${'<'.repeat(1_000_000)}`, 'built'],
    ['a million blanks between angle brackets', `RUN <<${' '.repeat(mega)}a <b\na\n`, 'built'],
    ['digits before angle brackets', `RUN ${'1'.repeat(mega)}<`, 'built'],
    ['500,000 variables', `USER ${'$a'.repeat(500_000)}`, 'built'],
    ['substitutions nested 100 deep', `USER ${nested(100)}`, 'built'],
    ['substitutions nested 101 deep', `USER ${nested(101)}`, 'EXPANSION_INVALID'],
    ['substitutions nested 100,000 deep', `USER ${nested(100_000)}`, 'EXPANSION_INVALID'],
    ['100,000 substitutions that do not end', `USER ${'${a:-'.repeat(100_000)}`, 'EXPANSION_INVALID'],
    ['a port of 1 MB', `EXPOSE ${'8'.repeat(mega)}`, 'built'],
    ['a duration of 1 MB', `HEALTHCHECK --interval=${'1s'.repeat(mega / 2)}x CMD a`, 'DOCKERFILE_INVALID'],
  ])('%s', (_, text, expected) => {
    expect(outcome(`FROM a\n${text}`)).toBe(expected)
  })
})

function nested(depth: number): string {
  return `${'${n:-'.repeat(depth)}x${'}'.repeat(depth)}`
}

function named(count: number): string {
  return Array.from({ length: count }, (_, at) => ` <<n${at}`).join('')
}

function ends(count: number): string {
  return Array.from({ length: count }, (_, at) => `n${at}\n`).join('')
}

test('values that double with each use end at a limit', () => {
  const long = new Map([['a', 'x'.repeat(mega)]])
  expect(expandWord('$a$a', long)).toHaveLength(2 * mega)
  expect(() => expandWord('$a'.repeat(5), long)).toThrow(expect.objectContaining({ code: 'EXPANSION_INVALID' }))
})

test('the message of an error is one short line', () => {
  const act = () => parseInstructions(parseDockerfile(`FROM a\n${'\u001b[31mx'.repeat(1000)}`))
  expect(act).toThrow(expect.objectContaining({ message: expect.stringMatching(/^[^\p{Cc}]{1,1000}$/u) }))
})

describe(`random bytes of seed ${seed}`, () => {
  test('end in a typed error or in a build', () => {
    const random = seeded(seed)
    const outcomes = new Set<string>()
    for (let round = 0; round < 2_000; round += 1) {
      outcomes.add(outcome(randomBytes(random, random.integer(0, 199))))
      outcomes.add(outcome(Buffer.concat([Buffer.from('FROM a\nENV a='), randomBytes(random, random.integer(0, 39))])))
    }
    expect([...outcomes].sort()).toEqual(['DOCKERFILE_INVALID', 'EXPANSION_INVALID', 'INSTRUCTION_UNKNOWN', 'built'])
  })

  const corpus = corpusDirectory('dockerfile')
  if (corpus === undefined) console.warn('the corpora are absent: their mutations are left out')
  else {
    test('mutations of the corpus end so as well', () => {
      const random = seeded(seed)
      const directory = join(corpus, 'parser/testfiles')
      const files = folders(directory).map((name) => readFileSync(join(directory, name, 'Dockerfile')))
      const pieces = [
        '\\',
        '`',
        '\n',
        '"',
        "'",
        '${',
        '}',
        '<<E',
        '[',
        ']',
        '--',
        '=',
        'ONBUILD ',
        '#',
        '\0',
        '\ufeff',
        '\r',
      ]
      for (let round = 0; round < 60; round += 1) {
        for (const file of files) {
          const bytes = Buffer.from(file)
          const at = random.integer(0, bytes.byteLength - 1)
          const piece = Buffer.from(random.pick(pieces))
          const end = at + random.integer(0, 9)
          expect(typeof outcome(Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(end)]))).toBe('string')
        }
      }
    })
  }
})
