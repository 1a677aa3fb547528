import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { BuilderError } from '../errors.ts'
import { corpusDirectory, folders, tableRows } from '../testing/corpora.ts'
import { sExpressions } from '../testing/s-expression.ts'
import { expandWord, expandWords } from './expansion/expand.ts'
import { parseDockerfile } from './parse-dockerfile.ts'

const corpus = corpusDirectory('dockerfile')

test('a corpus that must be there and is not, is an error', () => {
  const found = () => corpusDirectory('dockerfile', { TSREG_CORPORA: '/nonexistent', TSREG_CORPORA_REQUIRED: '1' })
  expect(found).toThrow('the corpus /nonexistent/dockerfile is absent')
})

function thrownBy(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

if (corpus === undefined) {
  console.warn('the corpora are absent: syntax trees and expansions that others wrote are left out')
} else {
  describe('the syntax trees of the corpus', () => {
    const directory = join(corpus, 'parser/testfiles')
    const cases = folders(directory)

    test('there are 33', () => {
      expect(cases).toHaveLength(33)
    })

    test.each(cases)('%s is read as it should be', (name) => {
      const dockerfile = parseDockerfile(readFileSync(join(directory, name, 'Dockerfile')))
      expect(sExpressions(dockerfile).trim()).toBe(readFileSync(join(directory, name, 'result'), 'utf8').trim())
    })
  })

  describe('what the corpus wants refused', () => {
    test.each([
      ['empty_dockerfile', 1, 'Dockerfile:1: the file has no instructions'],
      ['env_no_value', 3, 'Dockerfile:3: ENV must have two arguments, a name and a value, in: ENV PATH'],
      ['only_comments', 3, 'Dockerfile:3: the file has no instructions'],
      [
        'shykes-nested-json',
        1,
        'Dockerfile:1: a JSON array behind an instruction may hold strings only, in: CMD [ "echo", [ "nested json" ] ]',
      ],
    ])('%s is refused at line %i', (name, line, message) => {
      const content = readFileSync(join(corpus, 'parser/testfiles-negative', name, 'Dockerfile'))
      const error = thrownBy(() => parseDockerfile(content))
      expect(error).toBeInstanceOf(BuilderError)
      expect(error).toMatchObject({ code: 'DOCKERFILE_INVALID', message, place: { file: 'Dockerfile', line } })
    })

    test('nothing else is in that folder', () => {
      expect(folders(join(corpus, 'parser/testfiles-negative'))).toHaveLength(4)
    })
  })

  describe('expansions of the corpus', () => {
    const environment = new Map([
      ['PWD', '/home'],
      ['SHELL', 'bash'],
      ['KOREAN', '한국어'],
      ['NULL', ''],
    ])
    const rows = tableRows(join(corpus, 'shell/envVarTest'))
      .filter(([platform]) => platform !== 'W')
      .map(([, input = '', output = '']) => [input.trim(), output.trim()] as const)

    test('there are 228 for this platform', () => {
      expect(rows).toHaveLength(228)
    })

    test.each(rows)('%s becomes %s', (input, output) => {
      const result = thrownBy(() => expandWord(input, environment))
      if (output === 'error') expect(result).toMatchObject({ code: 'EXPANSION_INVALID' })
      else expect(result).toBe(output)
    })
  })

  describe('words of the corpus', () => {
    const environment = new Map<string, string>()
    const cases: (readonly [string, string, ReadonlyMap<string, string>])[] = []
    for (const [input = '', output] of tableRows(join(corpus, 'shell/wordsTest'))) {
      const [, name, value = ''] = /^ENV ([^=]+)=(.*)$/.exec(input) ?? []
      if (name !== undefined) environment.set(name, value)
      else cases.push([input.trim(), (output ?? '').trimStart(), new Map(environment)])
    }

    test('there are 24', () => {
      expect(cases).toHaveLength(24)
    })

    test.each(cases)('%s becomes %s', (input, output, variables) => {
      const result = thrownBy(() => expandWords(input, variables))
      if (output === 'error') expect(result).toMatchObject({ code: 'EXPANSION_INVALID' })
      else expect(result).toEqual(output.split(','))
    })
  })
}
