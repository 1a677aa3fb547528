/**
 * The filters of `ps`.
 * @module
 */
import type { Container } from '@tsreg/runtime'
import { CliError } from './errors.ts'

type Holds = (container: Container, value: string) => boolean

/** What each filter lets through, as docker has them. Several of one kind let through what any of them does. */
const filters: Readonly<Record<string, Holds>> = {
  id: ({ record }, value) => record.id.startsWith(value),
  name: ({ record }, value) => record.name.includes(value),
  status: ({ state }, value) => state.status === value,
  exited: ({ state }, value) => state.status === 'exited' && String(state.exitCode) === value,
  ancestor: ({ record }, value) =>
    record.image.name === value || record.image.id.replace('sha256:', '').startsWith(value),
  label: ({ record }, value) => {
    const at = value.indexOf('=')
    const [key, wanted] = at === -1 ? [value, undefined] : [value.slice(0, at), value.slice(at + 1)]
    return Object.hasOwn(record.labels, key) && (wanted === undefined || record.labels[key] === wanted)
  },
}

export interface ContainerFilters {
  /** A filter that asks for containers which do not run shows them without `--all`. */
  readonly asksForState: boolean
  readonly lets: (container: Container) => boolean
}

/** @throws CliError USAGE for a filter that there is not */
export function parseContainerFilters(texts: readonly string[]): ContainerFilters {
  const wanted = new Map<string, string[]>()
  for (const text of texts) {
    const at = text.indexOf('=')
    const key = at === -1 ? text : text.slice(0, at)
    if (at === -1 || !Object.hasOwn(filters, key)) {
      throw new CliError('USAGE', `invalid filter '${text}'`, {
        advice: `write KEY=VALUE with one of ${Object.keys(filters).join(', ')}`,
      })
    }
    wanted.set(key, [...(wanted.get(key) ?? []), text.slice(at + 1)])
  }
  return {
    asksForState: wanted.has('status') || wanted.has('exited'),
    lets: (container) =>
      [...wanted].every(([key, values]) => values.some((value) => filters[key]?.(container, value) === true)),
  }
}
