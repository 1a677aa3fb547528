/**
 * Lines as the language means them: joined where one continues the other, without comments.
 * @module
 */
import type { EscapeToken, LineRange } from './ast.ts'
import { trimStart } from './characters.ts'
import type { DirectiveReader } from './directives.ts'

/** The lines of a file one by one, counted. */
export class LineReader {
  /** Of the line that was read last; 0 before the first. */
  line = 0
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** With a carriage return where it has one, without the line feed. */
  next(): string | undefined {
    if (this.#at >= this.#text.length) return undefined
    const feed = this.#text.indexOf('\n', this.#at)
    const end = feed < 0 ? this.#text.length : feed
    const line = this.#text.slice(this.#at, end)
    this.#at = end + 1
    this.line += 1
    return line
  }
}

export interface LogicalLine extends LineRange {
  readonly text: string
  /** The first line that is empty although the one before it is continued; undefined where there is none. */
  readonly emptyLine: number | undefined
}

/** The next line that is neither empty nor a comment, with what continues it; undefined at the end of the file. */
export function nextLogicalLine(lines: LineReader, directives: DirectiveReader): LogicalLine | undefined {
  for (let physical = lines.next(); physical !== undefined; physical = lines.next()) {
    const text = trimStart(withoutReturns(physical))
    directives.take(text, lines.line)
    if (text === '' || text.startsWith('#')) continue
    return withContinuations(lines, text, directives.escape)
  }
  return undefined
}

function withContinuations(lines: LineReader, first: string, escapeToken: EscapeToken): LogicalLine {
  const { line } = lines
  let emptyLine: number | undefined
  let { content, isContinued } = continuation(first, escapeToken)
  const parts = [content]
  while (isContinued) {
    const physical = lines.next()
    if (physical === undefined) break
    const text = withoutReturns(physical)
    const trimmed = trimStart(text)
    if (trimmed.startsWith('#')) continue
    if (trimmed === '') {
      emptyLine ??= lines.line
      continue
    }
    ;({ content, isContinued } = continuation(text, escapeToken))
    parts.push(content)
  }
  return { text: parts.join(''), line, endLine: lines.line, emptyLine }
}

/** An escape token at the end continues the line, unless another one takes its meaning. Blanks may follow it. */
function continuation(text: string, escapeToken: EscapeToken): { content: string; isContinued: boolean } {
  let end = text.length
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1
  const isContinued = text[end - 1] === escapeToken && text[end - 2] !== escapeToken
  return { content: isContinued ? text.slice(0, end - 1) : text, isContinued }
}

function withoutReturns(text: string): string {
  let end = text.length
  while (text[end - 1] === '\r') end -= 1
  return text.slice(0, end)
}
