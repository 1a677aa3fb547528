/**
 * `.dockerignore`: one pattern per line, `#` begins a comment, `!` takes back what an earlier pattern ignores.
 * @module
 */
import { posix } from 'node:path'
import { BuilderError } from '../../errors.ts'
import { type GlobToken, parseGlob } from '../glob/parse-glob.ts'

export interface IgnorePattern {
  /** Cleaned: relative to the context, without a slash at the ends, `!` taken off. */
  readonly text: string
  /** True for `!`: what it matches is not ignored. */
  readonly isException: boolean
  readonly tokens: readonly GlobToken[]
  /** Counted from 1. */
  readonly line: number
}

/** @param file its name for messages @throws IGNORE_INVALID */
export function parseIgnoreFile(content: string | Uint8Array, file = '.dockerignore'): readonly IgnorePattern[] {
  const text = typeof content === 'string' ? content.replace(/^\ufeff/, '') : new TextDecoder().decode(content)
  return text.split('\n').flatMap((written, index) => parseLine(written, { file, line: index + 1 }) ?? [])
}

interface LineOfFile {
  readonly file: string
  readonly line: number
}

function parseLine(written: string, { file, line }: LineOfFile): IgnorePattern | undefined {
  if (written.startsWith('#')) return undefined
  const trimmed = written.trim()
  const isNegated = trimmed.startsWith('!')
  const first = cleaned(isNegated ? trimmed.slice(1).trim() : trimmed)
  // docker cleans twice, and looks for the ! again: what a slash hid from the first look is seen by the second.
  const whole = cleaned((isNegated ? `!${first}` : first).trim(), false)
  if (whole === '') return undefined
  const isException = whole.startsWith('!')
  const text = isException ? whole.slice(1) : whole
  const fail = (why: string) =>
    new BuilderError('IGNORE_INVALID', why, { place: { file, line, endLine: line, text: trimmed } })
  if (text === '') throw fail('there is no pattern behind the !')
  try {
    return { text, isException, tokens: parseGlob(text, { deep: true }), line }
  } catch (error) {
    throw fail((error as SyntaxError).message)
  }
}

/** As `filepath.Clean` does it: `a//b/./c/../d/` is `a/b/d`. `..` above the context stays, and matches nothing. */
function cleaned(pattern: string, isRelative = true): string {
  if (pattern === '') return ''
  const normal = posix.normalize(pattern).replace(/(?<=.)\/$/, '')
  return isRelative && normal.length > 1 && normal.startsWith('/') ? normal.slice(1) : normal
}
