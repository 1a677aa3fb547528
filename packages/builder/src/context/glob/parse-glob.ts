/**
 * Patterns of paths as Go's `filepath.Match` has them, and with `**` as ignore files have them.
 * @module
 */

export type GlobToken =
  | { readonly kind: 'character'; readonly point: number }
  /** `?`: one character that is no slash. */
  | { readonly kind: 'any' }
  /** `*`: any number of characters, none a slash. */
  | { readonly kind: 'star' }
  /** `[a-z]`, `[^a-z]`. */
  | { readonly kind: 'class'; readonly isNegated: boolean; readonly ranges: readonly (readonly [number, number])[] }
  /** `**` at the end: any number of any characters. */
  | { readonly kind: 'rest' }
  /** `**` before something: any number of directories, none included. */
  | { readonly kind: 'directories' }

export interface ParseGlobOptions {
  /** Whether `**` is more than two stars. @default false */
  readonly deep?: boolean
}

/** @throws SyntaxError for brackets that do not end, an empty class, a backslash at the end */
export function parseGlob(pattern: string, { deep = false }: ParseGlobOptions = {}): readonly GlobToken[] {
  const points = Array.from(pattern, (character) => character.codePointAt(0) ?? 0)
  const tokens: GlobToken[] = []
  for (let at = 0; at < points.length; at += 1) {
    const point = points[at] ?? 0
    if (point === star && deep && points[at + 1] === star) {
      // The slash belongs to the directories: a/**/b is a/b as well.
      at += points[at + 2] === slash ? 2 : 1
      tokens.push({ kind: at + 1 < points.length ? 'directories' : 'rest' })
    } else if (point === star) {
      tokens.push({ kind: 'star' })
    } else if (point === questionMark) {
      tokens.push({ kind: 'any' })
    } else if (point === openBracket) {
      const { token, end } = parseClass(points, at, pattern)
      tokens.push(token)
      at = end
    } else if (point === backslash) {
      at += 1
      const escaped = points[at]
      if (escaped === undefined) throw invalid(pattern, 'it ends with a backslash')
      tokens.push({ kind: 'character', point: escaped })
    } else {
      tokens.push({ kind: 'character', point })
    }
  }
  return tokens
}

const [star, slash, questionMark, openBracket, closeBracket, backslash, dash, caret] = [
  0x2a, 0x2f, 0x3f, 0x5b, 0x5d, 0x5c, 0x2d, 0x5e,
]

function parseClass(points: readonly number[], start: number, pattern: string): { token: GlobToken; end: number } {
  const isNegated = points[start + 1] === caret
  let at = start + (isNegated ? 2 : 1)
  const ranges: (readonly [number, number])[] = []
  const next = () => {
    let point = points[at]
    if (point === dash || point === closeBracket) throw invalid(pattern, 'a character is missing in the brackets')
    if (point === backslash) point = points[++at]
    if (point === undefined) throw invalid(pattern, 'a bracket is not closed')
    at += 1
    return point
  }
  while (points[at] !== closeBracket || ranges.length === 0) {
    const low = next()
    if (points[at] !== dash) ranges.push([low, low])
    else {
      at += 1
      ranges.push([low, next()])
    }
  }
  return { token: { kind: 'class', isNegated, ranges }, end: at }
}

function invalid(pattern: string, why: string): SyntaxError {
  return new SyntaxError(`the pattern ${JSON.stringify(pattern)} is not valid: ${why}`)
}

/** True where something in the text is a wildcard; a backslash takes the meaning from the character behind it. */
export function hasWildcards(text: string): boolean {
  return /^(?:[^\\*?[]|\\.)*[*?[]/s.test(text)
}
