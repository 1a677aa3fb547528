/**
 * Documents inside an instruction: found by the words of its line, read from the lines that follow.
 * @module
 */
import type { SourcePlace } from '../errors.ts'
import type { Heredoc } from './ast.ts'
import { trimStart } from './characters.ts'
import { expandWords } from './expansion/expand.ts'
import type { Keyword } from './keywords.ts'
import type { LineReader } from './logical-line.ts'
import { invalid } from './place.ts'

const withHeredocs: readonly string[] = ['run', 'copy', 'add'] satisfies readonly Keyword[]

export function canHaveHeredocs(keyword: string): boolean {
  return withHeredocs.includes(keyword)
}

/** What stands in the line about a document that follows. */
export type HeredocStart = Omit<Heredoc, 'content'>

const noVariables: ReadonlyMap<string, string> = new Map()

/** Those of a line in their order. Quotes that do not end, end the search: the line is for a shell to understand. */
export function heredocsIn(line: string): readonly HeredocStart[] {
  if (!line.includes('<<')) return []
  const words = wordsOf(line, { quotes: 'keep', escapes: 'keep', unset: 'keep' })
  return joinHeredocs(words).flatMap((word) => parseHeredoc(word) ?? [])
}

/** The words, where blanks stood between `<<` and its WORD joined to one. */
export function joinHeredocs(words: readonly string[]): readonly string[] {
  const joined: string[] = []
  for (const word of words) {
    const before = joined.at(-1)
    if (before !== undefined && /^\d*<<-?$/.test(before)) joined[joined.length - 1] = `${before} ${word}`
    else joined.push(word)
  }
  return joined
}

/** `[fd]<<[-]WORD`, blanks before WORD allowed; undefined for any other word. */
export function parseHeredoc(word: string): HeredocStart | undefined {
  const [, digits = '', dash, behind = ''] = /^(\d*)<<(-?)([^<]*)$/.exec(word) ?? []
  const written = trimStart(behind)
  const [name, ...others] = wordsOf(written, { unset: 'keep' })
  if (name === undefined || others.length > 0) return undefined
  return {
    name,
    expand: wordsOf(written, { quotes: 'keep', unset: 'keep' })[0] === name,
    chomp: dash === '-',
    fileDescriptor: Number(digits),
  }
}

function wordsOf(text: string, options: Parameters<typeof expandWords>[2]): readonly string[] {
  try {
    return expandWords(text, noVariables, options)
  } catch {
    return []
  }
}

/** Reads up to the line that is its name. @throws DOCKERFILE_INVALID where there is none */
export function readHeredoc(lines: LineReader, start: HeredocStart, place: SourcePlace): Heredoc {
  const content: string[] = []
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const text = start.chomp ? line.replace(/^\t+/, '') : line
    if (text.replace(/\r$/, '') === start.name) return { ...start, content: content.join('') }
    content.push(`${text}\n`)
  }
  const message = `the heredoc ${start.name} does not end: no line is ${JSON.stringify(start.name)}`
  throw invalid({ ...place, endLine: lines.line }, message)
}

/** The line and the documents as they stood there, for a shell or to be parsed again. */
export function withHeredocText(line: string, heredocs: readonly Heredoc[]): string {
  return [line, ...heredocs.map(({ content, name }) => content + name)].join('\n')
}
