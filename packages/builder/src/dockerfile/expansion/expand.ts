/**
 * Words with their variables replaced and their quotes removed, as a shell does it: `a$b`, `"${b:-c}"`, `'$b'`, `\$b`.
 *
 * ```
 * text    = { escape character | "'" ... "'" | '"' ... '"' | variable | character }
 * variable = "$" name | "${" name [ modifier text ] "}"
 * ```
 * @module
 */
import { isSpace } from '../characters.ts'
import type { Environment, ExpandOptions } from './options.ts'
import { Scanner } from './scanner.ts'
import { substitute } from './substitute.ts'
import { WordList } from './word-list.ts'

/**
 * The text as one word, blanks included.
 * @throws EXPANSION_INVALID for quotes and braces that do not end, modifiers that are none, variables that must be set
 */
export function expandWord(text: string, environment: Environment, options: ExpandOptions = {}): string {
  return run(text, environment, options).text
}

/**
 * The words that the text becomes: it is split at blanks that are not quoted, also at those of values.
 * @throws EXPANSION_INVALID as `expandWord`
 */
export function expandWords(text: string, environment: Environment, options: ExpandOptions = {}): readonly string[] {
  return run(text, environment, options).words
}

export interface Expanded {
  readonly text: string
  readonly words: readonly string[]
}

function run(text: string, environment: Environment, options: ExpandOptions): Expanded {
  return expandUntil(new Scanner(text, environment, options), undefined)
}

/** Up to the character `end`, which is consumed, or to the end of the text. */
export function expandUntil(scanner: Scanner, end: '}' | '/' | undefined, keepEscapes = scanner.keepEscapes): Expanded {
  const before = scanner.keepEscapes
  scanner.keepEscapes = keepEscapes
  const text: string[] = []
  const words = new WordList()
  const hasQuotes = scanner.options.quotes !== 'plain'
  for (let character = scanner.peek(); character !== ''; character = scanner.peek()) {
    if (character === end) {
      scanner.next()
      scanner.keepEscapes = before
      return { text: text.join(''), words: words.all() }
    }
    if (character === '$') {
      const value = substitute(scanner, expandUntil)
      text.push(value)
      words.addSplit(value)
    } else if (hasQuotes && (character === "'" || character === '"')) {
      const value = character === "'" ? singleQuoted(scanner) : doubleQuoted(scanner)
      text.push(value)
      words.add(value)
    } else if (character === scanner.escape) {
      const escaped = escapedCharacter(scanner)
      text.push(escaped)
      if (escaped !== '') words.add(escaped)
    } else {
      scanner.next()
      text.push(character)
      if (isSpace(character)) words.end()
      else words.add(character)
    }
  }
  if (end !== undefined) throw scanner.error(`there is no ${end} that ends the substitution`)
  return { text: text.join(''), words: words.all() }
}

/** The character behind an escape token, itself where it would mean something; nothing at the end of the text. */
function escapedCharacter(scanner: Scanner): string {
  const token = scanner.next()
  return (scanner.keepEscapes ? token : '') + scanner.next()
}

/** Nothing has a meaning in single quotes, not even the escape token. */
function singleQuoted(scanner: Scanner): string {
  const content = scanner.through("'")
  if (content === undefined) throw scanner.error("a single quote (') is not closed")
  return scanner.options.quotes === 'keep' ? content : content.slice(1, -1)
}

/** Variables are replaced in double quotes; the escape token is one before `"`, `$` and itself only. */
function doubleQuoted(scanner: Scanner): string {
  const text = [scanner.next()]
  for (;;) {
    const character = scanner.peek()
    if (character === '') throw scanner.error('a double quote (") is not closed')
    if (character === '$') {
      text.push(substitute(scanner, expandUntil))
      continue
    }
    scanner.next()
    if (character === '"') break
    if (character !== scanner.escape) {
      text.push(character)
      continue
    }
    const following = scanner.peek()
    if (following === '') continue
    const isEscape = following === '"' || following === '$' || following === scanner.escape
    // A pattern must see two of them where one is meant.
    if (scanner.keepEscapes && (isEscape || scanner.options.quotes !== 'keep')) text.push(character)
    text.push(isEscape ? scanner.next() : character)
  }
  const content = text.slice(1).join('')
  return scanner.options.quotes === 'keep' ? `"${content}"` : content
}
