/**
 * Which paths of a context are ignored: the last pattern that matches the path, or a directory that it is in, decides.
 * @module
 */
import { matchGlob } from '../glob/match-glob.ts'
import type { GlobToken } from '../glob/parse-glob.ts'
import type { IgnorePattern } from './parse-ignore-file.ts'

/** What the patterns say to a path, kept for what is below it: a pattern that matches a directory matches all in it. */
export interface IgnoreVerdict {
  readonly isIgnored: boolean
  /** One for each pattern. */
  readonly matches: readonly boolean[]
}

export class IgnoreMatcher {
  readonly #patterns: readonly (IgnorePattern & { readonly fits: (path: string) => boolean })[]
  /** Of the root of the context, which is never ignored. */
  readonly root: IgnoreVerdict

  constructor(patterns: readonly IgnorePattern[]) {
    this.#patterns = patterns.map((pattern) => ({ ...pattern, fits: testOf(pattern) }))
    this.root = { isIgnored: false, matches: patterns.map(() => false) }
  }

  /** @param path in the context @param parent the verdict on the directory that it is in */
  judge(path: string, parent: IgnoreVerdict): IgnoreVerdict {
    if (this.#patterns.length === 0) return this.root
    let isIgnored = false
    const matches = this.#patterns.map(({ fits, isException }, index) => {
      const isMatch = parent.matches[index] === true || fits(path)
      if (isMatch) isIgnored = !isException
      return isMatch
    })
    return { isIgnored, matches }
  }

  /** False when nothing below an ignored directory can be taken back by an exception: it need not be looked into. */
  mayHaveExceptions(directory: string): boolean {
    return this.#patterns.some(({ isException, text }) => isException && mayMatchBelow(text, directory))
  }
}

/** Most patterns are plain names, names anywhere, or endings: those need no walk through the pattern. */
function testOf({ text, tokens }: IgnorePattern): (path: string) => boolean {
  const plain = plainText(tokens)
  if (plain !== undefined) return (path) => path === plain
  const last = plainText(tokens.slice(0, -1))
  if (last !== undefined && tokens.at(-1)?.kind === 'rest') return (path) => path.startsWith(last)
  const behind = plainText(tokens.slice(1))
  if (behind !== undefined && tokens[0]?.kind === 'directories') {
    // Without a slash, `**.log` means names that end so; with one, `**/log` means the name.
    if (!text.startsWith('**/')) return (path) => path.endsWith(behind)
    return (path) => path === behind || path.endsWith(`/${behind}`)
  }
  const rest = tokens.slice(1)
  const isOneName = !/\/|\*\*|\[/.test(text.slice(3)) && !rest.some(({ kind }) => kind === 'directories')
  if (text.startsWith('**/') && isOneName) return (path) => matchGlob(rest, path.slice(path.lastIndexOf('/') + 1))
  return (path) => matchGlob(tokens, path)
}

function plainText(tokens: readonly GlobToken[]): string | undefined {
  const characters = tokens.flatMap((token) => (token.kind === 'character' ? String.fromCodePoint(token.point) : []))
  return characters.length === tokens.length ? characters.join('') : undefined
}

/** May be true for nothing, is never false for something. */
function mayMatchBelow(pattern: string, directory: string): boolean {
  if (/[[\\]/.test(pattern)) return true
  const parts = pattern.split('/')
  for (const [index, name] of directory.split('/').entries()) {
    const part = parts[index]
    // A pattern that ends here matches the directory itself, about which is decided already.
    if (part === undefined) return false
    if (part.includes('**')) return true
    if (!matchName(part, name)) return false
  }
  return parts.length > directory.split('/').length
}

function matchName(part: string, name: string): boolean {
  if (part === name) return true
  if (!/[*?]/.test(part)) return false
  const tokens = Array.from(part, (character): GlobToken => {
    if (character === '*') return { kind: 'star' }
    return character === '?' ? { kind: 'any' } : { kind: 'character', point: character.codePointAt(0) ?? 0 }
  })
  return matchGlob(tokens, name)
}
