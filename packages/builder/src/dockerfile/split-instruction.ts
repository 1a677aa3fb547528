/**
 * An instruction split into its keyword, its flags and the rest.
 * @module
 */
import { isSpace, trim } from './characters.ts'

export interface SplitInstruction {
  readonly keyword: string
  /** `--name=value` without quotes, the word `--` left out. */
  readonly flags: readonly string[]
  /** What follows, without the blanks around it. */
  readonly rest: string
}

/** Flags begin with `--` and stand directly behind the keyword; the word `--` ends them. */
export function splitInstruction(text: string): SplitInstruction {
  const line = trim(text)
  const end = line.search(/[\t\v\f\r ]/)
  if (end < 0) return { keyword: line, flags: [], rest: '' }
  const flags: string[] = []
  let at = end
  for (;;) {
    at = skipSpaces(line, at)
    if (!line.startsWith('--', at)) break
    const word = flagAt(line, at)
    at = word.end
    if (word.flag === '--') break
    flags.push(word.flag)
  }
  return { keyword: line.slice(0, end), flags, rest: trim(line.slice(at)) }
}

function skipSpaces(line: string, from: number): number {
  let at = from
  while (at < line.length && isSpace(line.charAt(at))) at += 1
  return at
}

/** The escape of flags is always a backslash, whatever the directive says. */
function flagAt(line: string, start: number): { flag: string; end: number } {
  const parts: string[] = []
  let quote = ''
  let at = start
  for (; at < line.length; at += 1) {
    const character = line.charAt(at)
    if (character === quote) quote = ''
    else if (quote === '' && isSpace(character)) break
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (character !== '\\') parts.push(character)
    else if (at + 1 < line.length) {
      at += 1
      parts.push(line.charAt(at))
    }
  }
  return { flag: parts.join(''), end: at }
}
