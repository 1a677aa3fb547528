/**
 * Patterns of names: `*` for any characters but `/`, `**` for any characters, `?` for one but `/`. All else stands for itself.
 * @module
 */

/**
 * True for the names that the pattern describes, whole.
 * The work is at most the length of the pattern times that of the name, whatever somebody writes into a policy.
 * @example compileGlob('ci/**')('ci/app/pr') === true
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  const tokens = pattern.match(/\*{2,}|./gsu) ?? []
  return (name) => {
    // All places of the pattern where the characters so far may have led to.
    let places = passStars(tokens, new Set([0]))
    for (const character of name) {
      const next = new Set<number>()
      for (const place of places) {
        const token = tokens[place]
        if (token === undefined) continue
        if (isStar(token)) {
          if (token !== '*' || character !== '/') next.add(place)
        } else if (token === '?' ? character !== '/' : token === character) next.add(place + 1)
      }
      if (next.size === 0) return false
      places = passStars(tokens, next)
    }
    return places.has(tokens.length)
  }
}

/** A star may stand for nothing. */
function passStars(tokens: readonly string[], places: Set<number>): Set<number> {
  // What is added while the set is walked is walked as well.
  for (const place of places) if (isStar(tokens[place])) places.add(place + 1)
  return places
}

function isStar(token: string | undefined): boolean {
  return token?.startsWith('*') ?? false
}
