/**
 * The canonical form of a state: equal for states that differ only in what no process can ever notice. Old versions never
 * come back, so all that matters of a version that somebody remembers is whether it is still current.
 * @module
 */
import type { State } from './engine.ts'
import { isCurrent, type Ref, type Store } from './store.ts'

/** Keys and fields in the order in which they were met first: cheaper than sorting them for every state. */
const keys = new Set<string>()
const fields = new Set<string>()

/** @param ageCap cells older than this are all the same. */
export function canonical(state: State, ageCap = 3): string {
  const { store } = state
  for (const key in store) keys.add(key)
  let text = ''
  for (const key of keys) {
    const cell = store[key]
    if (cell === undefined) continue
    text += key + fieldsOf(cell.body, store) + (state.timed ? Math.min(ageCap, state.clock - cell.at) : '')
    text += ';'
  }
  text += '|'
  for (const { at, vars, unknown, replaces } of state.processes) {
    text += `${at}${fieldsOf(vars, store)}|`
    if (unknown === null) continue
    const isPending = state.delayed.some(({ version }) => version === unknown.version)
    const couldHappen = replaces !== null && replaces === (store[unknown.key]?.version ?? 0)
    text += `${textOf(unknown, store)}${isPending}${couldHappen}`
  }
  text += fieldsOf(state.ghosts, store) + (state.timed ? `c${state.clock}` : '') + fieldsOf(state.faults, store)
  for (const { owner, at, key, body, condition } of state.delayed) {
    text += `N${owner}${at}${key}${fieldsOf(body, store)}${condition === null ? '' : textOf(condition, store)}`
  }
  return text
}

function fieldsOf(object: object, store: Store): string {
  const values = object as Readonly<Record<string, unknown>>
  for (const field in values) fields.add(field)
  let text = '{'
  for (const field of fields) {
    const value = values[field]
    if (value !== undefined && value !== null) text += `${field}:${textOf(value, store)} `
  }
  return `${text}}`
}

function textOf(value: unknown, store: Store): string {
  if (value === null || value === undefined) return '_'
  if (typeof value !== 'object') return String(value)
  if (isRef(value)) return value.key + (isCurrent(store, value) ? '=' : '!')
  if (Array.isArray(value)) return `[${value.map((item) => `${textOf(item, store)},`).join('')}]`
  return fieldsOf(value, store)
}

function isRef(value: object): value is Ref {
  return 'version' in value && 'key' in value
}
