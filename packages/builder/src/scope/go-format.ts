/**
 * Values as Go prints them: docker writes instructions into the history of an image with `%q` and `%v`, and tools compare
 * these texts.
 * @module
 */

/** `%q` of a list of strings: `["ls" "-l"]`. */
export function quoteList(words: readonly string[]): string {
  return `[${words.map(quote).join(' ')}]`
}

/** `%q` of a string: in double quotes, with Go's escapes; what can be printed stays as it is. */
export function quote(text: string): string {
  const escaped = text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => escapeCharacter(character, '"'))
  return `"${escaped}"`
}

/** `%q` of a small number, which Go takes for a character: 2 is `'\x02'`. */
export function quoteRune(value: number): string {
  return `'${escapeCharacter(String.fromCodePoint(value), "'")}'`
}

const named: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
}

function escapeCharacter(character: string, quotation: string): string {
  const name = named[character]
  if (name !== undefined) return name
  if (character === quotation) return `\\${character}`
  const code = character.codePointAt(0) ?? 0
  const hex = (digits: number) => code.toString(16).padStart(digits, '0')
  if (code < 0x20 || code === 0x7f) return `\\x${hex(2)}`
  if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) return character
  return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`
}

const secondNs = 1e9

/** A duration: `1m30s`, `1.5s`, `100ms`; `0s` for none. */
export function duration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1e3) return `${nanoseconds}ns`
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`
  if (nanoseconds < secondNs) return `${nanoseconds / 1e6}ms`
  const minutes = Math.floor(nanoseconds / (60 * secondNs))
  const seconds = `${(nanoseconds - minutes * 60 * secondNs) / secondNs}s`
  if (minutes === 0) return seconds
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`
}
