/**
 * Repository names (distribution-spec main, "Pulling manifests"): components of lower-case letters and digits, joined
 * inside by `.`, `_`, `__` or dashes, and by `/` to one another.
 * @module
 */
import { OciError } from './errors.ts'

/** Most characters of a name, with the registry and the slash before it where there is one. */
export const maxNameLength = 255

/** The registry of names that name none, unless another is configured. */
export const dockerHub = 'docker.io'

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const grammar = new RegExp(`^${component}(?:/${component})*$`)

/** True when `text` follows the grammar and is no longer than {@link maxNameLength}. */
export function isRepositoryName(text: string): boolean {
  return text.length <= maxNameLength && grammar.test(text)
}

/** @throws NAME_INVALID with the text given. */
export function parseRepositoryName(text: string): string {
  if (isRepositoryName(text)) return text
  const shown = JSON.stringify(text.slice(0, 300))
  const why =
    text.length > maxNameLength ? `it has ${text.length} characters, at most ${maxNameLength} are allowed` : hint
  throw new OciError('NAME_INVALID', `not a repository name: ${shown}; ${why}`, {
    detail: { name: text.slice(0, 300) },
  })
}

const hint = 'expected lower-case letters and digits, joined by one of ". _ __ -" and by "/", e.g. library/debian'
