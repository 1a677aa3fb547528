/**
 * The environment of a container's process, as docker makes it.
 * @module
 */

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface EnvironmentParts {
  readonly hostname: string
  readonly terminal: boolean
  /** Of the user, see `ContainerUser`. */
  readonly home: string
  /** `NAME=value`: those of the image first, those of the user behind them; a later one replaces an earlier one in place. */
  readonly variables: readonly string[]
}

/** `PATH`, `HOSTNAME`, on a terminal `TERM`, then the variables, and `HOME` where none of them says it. */
export function environmentOf({ hostname, terminal, home, variables }: EnvironmentParts): readonly string[] {
  const own = [`PATH=${defaultPath}`, `HOSTNAME=${hostname}`, ...(terminal ? ['TERM=xterm'] : [])]
  const merged = mergeEnvironment(own, variables)
  return merged.some((variable) => nameOf(variable) === 'HOME') ? merged : [...merged, `HOME=${home}`]
}

/** A later variable replaces an earlier one where that stands; one without `=` removes it. */
export function mergeEnvironment(earlier: readonly string[], later: readonly string[]): readonly string[] {
  const merged = new Map<string, string>()
  for (const variable of [...earlier, ...later]) {
    if (variable.includes('=')) merged.set(nameOf(variable), variable)
    else merged.delete(variable)
  }
  return [...merged.values()]
}

function nameOf(variable: string): string {
  return variable.slice(0, variable.indexOf('='))
}
