/**
 * Patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/replacement}`: `*` is any number of characters, `?` is
 * one, neither is a line feed. There are no brackets.
 * @module
 */

/** Code points, and these two. */
const one = -1
const many = -2
const lineFeed = 0x0a

/** Comparisons of one character with one place of a pattern. More is no value that anyone meant. */
export const maxSteps = 10_000_000

export interface TrimOptions {
  readonly side: 'start' | 'end'
  /** The longest piece that fits, else the shortest. */
  readonly isLongest: boolean
}

/** Without the piece at one end that fits. @throws RangeError for a pattern that is none, or takes too long */
export function trimPattern(value: string, pattern: string, { side, isLongest }: TrimOptions): string {
  const tokens = parsePattern(pattern)
  const points = codePoints(value)
  const isStart = side === 'start'
  const ends = matchEnds(isStart ? tokens : tokens.toReversed(), isStart ? points : points.toReversed(), 0, {
    steps: 0,
  })
  const length = isLongest ? ends.longest : ends.shortest
  if (length === undefined) return value
  return textOf(isStart ? points.slice(length) : points.slice(0, points.length - length))
}

export interface ReplaceOptions {
  readonly replacement: string
  /** Every piece that fits, else the first. */
  readonly isEvery: boolean
}

/** With the longest piece that fits replaced. @throws RangeError for a pattern that is none, or takes too long */
export function replacePattern(value: string, pattern: string, { replacement, isEvery }: ReplaceOptions): string {
  const tokens = parsePattern(pattern)
  const points = codePoints(value)
  const work = { steps: 0 }
  const result: string[] = []
  let copied = 0
  let lastEnd = -1
  for (let start = 0; start <= points.length; start += 1) {
    const { longest: end } = matchEnds(tokens, points, start, work)
    // Nothing is replaced directly behind something that was.
    if (end === undefined || (end === start && start === lastEnd)) continue
    result.push(textOf(points.slice(copied, start)), replacement)
    copied = end
    lastEnd = end
    if (!isEvery) break
    if (end > start) start = end - 1
  }
  return result.join('') + textOf(points.slice(copied))
}

function parsePattern(pattern: string): readonly number[] {
  const tokens: number[] = []
  const characters = [...pattern]
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? ''
    if (character === '*') tokens.push(many)
    else if (character === '?') tokens.push(one)
    else if (character !== '\\') tokens.push(...codePoints(character))
    else {
      at += 1
      const escaped = characters[at] ?? ''
      if (!['}', '/', '*', '?', '\\'].includes(escaped)) {
        throw new RangeError(`the pattern ${JSON.stringify(pattern)} has a backslash before ${JSON.stringify(escaped)}`)
      }
      tokens.push(...codePoints(escaped))
    }
  }
  return tokens
}

interface Ends {
  readonly shortest: number | undefined
  readonly longest: number | undefined
}

/** All places of the pattern that the text may have reached are followed at once: the work has a bound. */
function matchEnds(tokens: readonly number[], points: readonly number[], start: number, work: { steps: number }): Ends {
  let places = withSkippedStars(tokens, [0])
  let shortest: number | undefined
  let longest: number | undefined
  for (let at = start; places.length > 0; at += 1) {
    if (places.at(-1) === tokens.length) {
      shortest ??= at
      longest = at
    }
    const point = points[at]
    if (point === undefined) break
    work.steps += places.length
    if (work.steps > maxSteps) throw new RangeError(`the pattern takes more than ${maxSteps} steps`)
    const next: number[] = []
    for (const place of places) {
      const token = tokens[place]
      if (token === many && point !== lineFeed) next.push(place)
      else if (token === point || (token === one && point !== lineFeed)) next.push(place + 1)
    }
    places = withSkippedStars(tokens, next)
  }
  return { shortest, longest }
}

/** Each place once, and behind a star also the one after it. `places` ascend. */
function withSkippedStars(tokens: readonly number[], places: readonly number[]): number[] {
  const all: number[] = []
  for (const first of places) {
    let place = first
    if (place <= (all.at(-1) ?? -1)) continue
    all.push(place)
    while (tokens[place] === many) all.push(++place)
  }
  return all
}

function codePoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0)
}

function textOf(points: readonly number[]): string {
  return points.map((point) => String.fromCodePoint(point)).join('')
}
