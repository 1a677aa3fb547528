/**
 * Tags (distribution-spec main, "Pulling manifests").
 * @module
 */
import { OciError } from './errors.ts'

const grammar = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/

/** True for 1 to 128 letters, digits, `.`, `_` and `-` that begin with neither `.` nor `-`. */
export function isTag(text: string): boolean {
  return grammar.test(text)
}

/** @throws TAG_INVALID with the text given. */
export function parseTag(text: string): string {
  if (isTag(text)) return text
  throw new OciError(
    'TAG_INVALID',
    `not a tag: ${JSON.stringify(text.slice(0, 300))}; expected 1 to 128 letters, digits, ".", "_" or "-", the first not "." or "-"`,
    { detail: { tag: text.slice(0, 300) } },
  )
}
