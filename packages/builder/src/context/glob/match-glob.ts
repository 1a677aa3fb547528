/**
 * Matching paths with patterns, in time that grows with the product of both lengths and no faster.
 * @module
 */
import type { GlobToken } from './parse-glob.ts'

/** True when the whole text fits. */
export function matchGlob(tokens: readonly GlobToken[], text: string): boolean {
  let places = closure(tokens, [0])
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    const next: number[] = []
    for (const place of places) step(tokens, place, point, next)
    if (next.length === 0) return false
    places = closure(tokens, next)
  }
  return places.includes(endOf(tokens))
}

/**
 * A place is twice the number of the token that comes next; odd inside the directories of a `**`, which may only be left
 * behind a slash.
 */
function endOf(tokens: readonly GlobToken[]): number {
  return tokens.length * 2
}

function step(tokens: readonly GlobToken[], place: number, point: number, next: number[]): void {
  const token = tokens[place >> 1]
  if (token === undefined) return
  const isSlash = point === 0x2f
  switch (token.kind) {
    case 'directories':
      next.push(place | 1)
      if (isSlash) next.push((place | 1) + 1)
      return
    case 'rest':
      next.push(place)
      return
    case 'star':
      if (!isSlash) next.push(place)
      return
    case 'any':
      if (!isSlash) next.push(place + 2)
      return
    case 'character':
      if (token.point === point) next.push(place + 2)
      return
    case 'class':
      if (token.ranges.some(([low, high]) => low <= point && point <= high) !== token.isNegated) next.push(place + 2)
  }
}

/** Each place once, with those that are reached without a character. */
function closure(tokens: readonly GlobToken[], places: readonly number[]): readonly number[] {
  const all = new Set<number>()
  for (const first of places) {
    for (let place = first; !all.has(place); place += 2) {
      all.add(place)
      const kind = tokens[place >> 1]?.kind
      const canBeEmpty = kind === 'star' || kind === 'rest' || kind === 'directories'
      if (!canBeEmpty || place % 2 === 1) break
    }
  }
  return [...all]
}
