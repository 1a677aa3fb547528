/**
 * White space as Go knows it: the field's parsers are written in Go, and `\s` of JavaScript differs by two characters.
 * @module
 */

const spaces = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const space = new RegExp(`[${spaces}]`)
const leading = new RegExp(`^[${spaces}]+`)

export function isSpace(character: string): boolean {
  return space.test(character)
}

export function trimStart(text: string): string {
  return text.replace(leading, '')
}

/** Not by an expression: one that begins anywhere and must end at the end takes quadratic time. */
export function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}

export function trim(text: string): string {
  return trimEnd(trimStart(text))
}
