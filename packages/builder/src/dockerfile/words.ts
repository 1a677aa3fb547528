/**
 * Words of an instruction: between blanks, or with quotes that keep blanks together.
 * @module
 */
import type { EscapeToken } from './ast.ts'
import { isSpace } from './characters.ts'

/** The words between blanks; quotes have no meaning. None of an empty text. */
export function blankSeparated(text: string): readonly string[] {
  return text === '' ? [] : text.split(/[\t\v\f\r ]+/)
}

/** The first word and what follows the blanks behind it; undefined where there is only one word. */
export function firstAndRest(text: string): readonly [first: string, rest: string] | undefined {
  const [blanks] = /[\t\v\f\r ]+/.exec(text) ?? []
  if (blanks === undefined) return undefined
  const at = text.indexOf(blanks)
  return [text.slice(0, at), text.slice(at + blanks.length)]
}

/**
 * The words between blanks that are neither quoted nor escaped. Quotes and escapeToken tokens stay where they are: they are
 * removed with the expansion. An escapeToken token at the end is dropped.
 */
export function quotedWords(text: string, escapeToken: EscapeToken): readonly string[] {
  const words: string[] = []
  let start = -1
  let quote = ''
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (quote === '' && isSpace(character)) {
      if (start >= 0) words.push(text.slice(start, at))
      start = -1
      continue
    }
    if (start < 0) start = at
    if (character === escapeToken && quote !== "'") {
      if (at + 1 < text.length) at += 1
      else return withLast(words, text.slice(start, at))
    } else if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") {
      quote = character
    }
  }
  return start < 0 ? words : withLast(words, text.slice(start))
}

function withLast(words: readonly string[], last: string): readonly string[] {
  return last === '' ? words : [...words, last]
}
