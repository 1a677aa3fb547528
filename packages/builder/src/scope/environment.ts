/**
 * The environment of an image: `NAME=value` in the order in which they were set first.
 * @module
 */

/** Docker's path for programs, for an image that has none. */
export const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export function nameOf(variable: string): string {
  const equals = variable.indexOf('=')
  return equals < 0 ? variable : variable.slice(0, equals)
}

/** The environment with the variable set: in its old place where it had one, else at the end. */
export function withVariable(env: readonly string[], name: string, value: string): readonly string[] {
  const variable = `${name}=${value}`
  const at = env.findIndex((other) => nameOf(other) === name)
  return at < 0 ? [...env, variable] : env.with(at, variable)
}

/** By name. One without `=` is empty. */
export function variablesOf(env: readonly string[]): ReadonlyMap<string, string> {
  return new Map(env.map((variable) => [nameOf(variable), variable.slice(nameOf(variable).length + 1)]))
}
