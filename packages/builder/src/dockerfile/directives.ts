/**
 * Directives: `# key=value` before anything else in the file.
 * @module
 */
import type { SourcePlace } from '../errors.ts'
import type { Directive, EscapeToken } from './ast.ts'
import { trim, trimEnd, trimStart } from './characters.ts'
import { invalid } from './place.ts'

const known: readonly string[] = ['syntax', 'escape', 'check'] satisfies readonly Directive['key'][]

/** Takes the lines from the first one on; whatever is no directive ends them. */
export class DirectiveReader {
  readonly directives: Directive[] = []
  escape: EscapeToken = '\\'
  readonly #file: string
  #isOver = false

  constructor(file: string) {
    this.#file = file
  }

  /** @throws DOCKERFILE_INVALID for a directive given twice and an escape token that is none */
  take(text: string, line: number): void {
    if (this.#isOver) return
    const directive = directiveOf(text, line)
    if (directive === undefined) {
      this.#isOver = true
      return
    }
    const place = { file: this.#file, line, endLine: line, text }
    if (this.directives.some(({ key }) => key === directive.key)) {
      throw invalid(place, `the directive ${directive.key} stands there twice, once is allowed`)
    }
    if (directive.key === 'escape') this.escape = escapeOf(directive.value, place)
    this.directives.push(directive)
  }
}

function directiveOf(text: string, line: number): Directive | undefined {
  if (!text.startsWith('#')) return undefined
  const comment = trimStart(text.slice(1))
  const equals = comment.indexOf('=')
  if (equals < 0) return undefined
  const key = trimEnd(comment.slice(0, equals)).toLowerCase()
  const behind = comment.slice(equals + 1)
  // One blank is a value where there is nothing else, though of no use to any directive.
  const value = trim(behind) || behind.slice(-1)
  if (!isKey(key) || value === '') return undefined
  return { key, value, line }
}

function isKey(key: string): key is Directive['key'] {
  return known.includes(key)
}

function escapeOf(value: string, place: SourcePlace): EscapeToken {
  if (value === '\\' || value === '`') return value
  throw invalid(place, `the escape token is ${JSON.stringify(value)}; it can be \\ or \``)
}
