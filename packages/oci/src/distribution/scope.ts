/**
 * Scopes of token authentication: `repository:library/debian:pull,push`.
 * @module
 */
import { OciError } from '../errors.ts'

/** The right to do some actions to one resource. */
export interface Access {
  /** `repository` or `registry`. */
  readonly type: string
  /** Repository name, possibly with a registry before it; `catalog` for the type `registry`. */
  readonly name: string
  /** `pull`, `push`, `delete` or `*`. */
  readonly actions: readonly string[]
}

/**
 * Reads one scope. The type ends at the first colon and the actions begin after the last one, so that a name may hold
 * a port. The deprecated class of a type (`repository(plugin)`) is dropped.
 * @throws DENIED with the text, when it has another form.
 */
export function parseScope(text: string): Access {
  const first = text.indexOf(':')
  const last = text.lastIndexOf(':')
  const match = /^([a-z0-9]+)(?:\([a-z0-9]+\))?$/.exec(text.slice(0, Math.max(0, first)))
  const name = text.slice(first + 1, last)
  const actions = text.slice(last + 1).split(',')
  if (text.length > 1024 || match === null || last <= first + 1 || /[\s"]/.test(name) || !actions.every(isAction)) {
    const shown = JSON.stringify(text.slice(0, 300))
    throw new OciError('DENIED', `not a scope: ${shown}; expected e.g. repository:library/debian:pull,push`, {
      detail: { scope: text.slice(0, 300) },
    })
  }
  return { type: match[1] ?? '', name, actions: [...new Set(actions.filter((action) => action !== ''))] }
}

/** Reads the scopes of a challenge or a token request: separated by spaces. @throws DENIED */
export function parseScopes(text: string): readonly Access[] {
  return text
    .split(' ')
    .filter((scope) => scope !== '')
    .map(parseScope)
}

/** `type:name:action,action` */
export function formatScope({ type, name, actions }: Access): string {
  return `${type}:${name}:${actions.join(',')}`
}

/** Several scopes as one value, separated by spaces. */
export function formatScopes(access: readonly Access[]): string {
  return access.map(formatScope).join(' ')
}

// The empty action is how a token without rights is asked for.
function isAction(text: string): boolean {
  return /^(?:[a-z]*|\*)$/.test(text)
}
