/**
 * A text under expansion: where it is read, how deep substitutions are nested, how much has come out.
 * @module
 */
import { BuilderError } from '../../errors.ts'
import type { EscapeToken } from '../ast.ts'
import type { Environment, ExpandOptions } from './options.ts'

/** Nobody nests this deep; it keeps the stack of calls short. */
export const maxDepth = 100
/** Characters of one expanded text. A config is refused by registries long before. */
export const maxExpandedLength = 4 * 1024 * 1024

export class Scanner {
  readonly escape: EscapeToken
  readonly options: ExpandOptions
  readonly environment: Environment
  /** Changes inside the words of modifiers. */
  keepEscapes: boolean
  depth = 0
  readonly #text: string
  #at = 0
  #substituted = 0

  constructor(text: string, environment: Environment, options: ExpandOptions) {
    this.#text = text
    this.environment = environment
    this.options = options
    this.escape = options.escape ?? '\\'
    this.keepEscapes = options.escapes === 'keep'
  }

  /** The next code point; empty at the end. */
  peek(): string {
    const code = this.#text.codePointAt(this.#at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  next(): string {
    const character = this.peek()
    this.#at += character.length
    return character
  }

  /** From here through the next `quote` behind this character, both included; undefined where there is none. */
  through(quote: string): string | undefined {
    const end = this.#text.indexOf(quote, this.#at + 1)
    if (end < 0) return undefined
    const content = this.#text.slice(this.#at, end + 1)
    this.#at = end + 1
    return content
  }

  /** Goes over the characters that fit and returns them. */
  take(fits: RegExp): string {
    const parts: string[] = []
    while (fits.test(this.peek())) parts.push(this.next())
    return parts.join('')
  }

  /** Counts what a substitution gives: values made of values grow without bound. */
  substituted(value: string): string {
    this.#substituted += value.length
    if (this.#substituted <= maxExpandedLength) return value
    throw this.error(`the values put in have more than ${maxExpandedLength} characters`)
  }

  error(reason: string): BuilderError {
    const text = this.#text.length > 200 ? `${this.#text.slice(0, 200)}...` : this.#text
    return new BuilderError('EXPANSION_INVALID', `cannot expand ${JSON.stringify(text)}: ${reason}`, {
      place: this.options.place,
      detail: { word: this.#text },
    })
  }
}
