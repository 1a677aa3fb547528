/**
 * The invariants of the protocol on the states of the specification.
 *
 * - I1: an acknowledged manifest is there, and everything it needs that no client deleted.
 * - I2: a pointer that is up names bytes that are there and have its digest.
 * - I3: no clean-up takes a tag whose manifest no client deleted after that push (found by the steps themselves).
 * - I4: when everybody has stopped, janitor and GC leave nothing but what is used, and a new client succeeds.
 * - I6: the repository of an acknowledged manifest is in the catalog.
 * - I5: where a clock runs, a blob can be read for a while after its 201.
 * @module
 */
import { isAlive, type State, spawn, step } from './engine.ts'
import { needsOf } from './manifests.ts'
import type { Role } from './processes.ts'
import type { Config } from './scenes.ts'
import { isUp } from './store.ts'

/** What is broken in a state; null: nothing. */
export function judge(config: Config, state: State, changed: boolean): string | null {
  if (state.failure !== null) return state.failure
  const broken = changed ? brokenSafety(config, state) : null
  if (broken !== null) return broken
  const isOver = !state.processes.some(isAlive)
  const unlisted = isOver ? brokenCatalog(config, state) : null
  if (unlisted !== null) return unlisted
  if (isOver) return brokenEnd(config, state, 'and a new client comes')
  return config.crashAll ? brokenEnd(config, state, 'everybody died') : null
}

export function brokenSafety(config: Config, state: State): string | null {
  return brokenPointer(state) ?? brokenManifest(state) ?? brokenPromise(config, state)
}

function brokenPointer({ store }: State): string | null {
  for (const [key, cell] of Object.entries(store)) {
    if (!key.startsWith('b/') || !isUp(cell) || cell.body.x === '-') continue
    const { st, x } = cell.body
    const bytes = store[`d/${x}`]
    if (bytes === undefined) return `I2: ${key} is ${st}{${x}} but d/${x} is gone`
    if (bytes.body.d !== key.slice('b/'.length)) return `I2: ${key} names d/${x}, whose bytes hash to ${bytes.body.d}`
  }
  return null
}

function brokenManifest({ store, ghosts }: State): string | null {
  for (const name in ghosts) {
    if (!name.startsWith('am:')) continue
    const key = name.slice('am:'.length)
    const [, repository = '', , digest] = key.split('/')
    if (!isUp(store[key])) return `I1: acknowledged manifest ${key} is gone`
    for (const need of needsOf(repository, digest)) {
      if (isUp(store[need]) || ghosts[`ld:${need}`] || ghosts[`dg:${need}`]) continue
      return `I1: acknowledged ${key} needs ${need}, which is ${store[need]?.body.st ?? 'absent'}`
    }
  }
  return null
}

function brokenPromise({ promise }: Config, { timed, clock, store, ghosts }: State): string | null {
  if (!timed) return null
  for (const name in ghosts) {
    const since = Number(ghosts[name])
    if (!name.startsWith('ab:') || clock - since >= promise) continue
    const link = name.slice('ab:'.length)
    const pointer = `b/${link.split('/')[3]}`
    if (ghosts[`ld:${link}`] || (isUp(store[link]) && isUp(store[pointer]))) continue
    return `I5: 201 for ${link} at tick ${since}, at tick ${clock} its link is ${store[link]?.body.st}, its pointer ${store[pointer]?.body.st}`
  }
  return null
}

/** I6. A deletion of the repository that dies in the middle is done again, or fsck finds what it left. */
function brokenCatalog({ switches }: Config, { processes, store, ghosts }: State): string | null {
  if (!switches.catalog || processes.some(({ kind, at }) => kind === 'delRepo' && at === 'dead')) return null
  for (const name in ghosts) {
    const [, , repository] = /^(am):r\/([^/]+)/.exec(name) ?? []
    if (repository !== undefined && store[`cat/${repository}`] === undefined) {
      return `I6: ${name.slice('am:'.length)} is acknowledged, and cat/${repository} is gone`
    }
  }
  return null
}

/** I4. Everybody stops here; then janitor and GC come, and perhaps a new client. */
export function brokenEnd(
  config: Config,
  state: State,
  what: 'and a new client comes' | 'everybody died',
): string | null {
  let now: State = { ...state, clock: state.clock + 5, failure: null }
  const play = (role: Role): string => {
    if (now.failure !== null) return now.failure
    const [after, result] = playAlone(config, now, role)
    now = after
    return result
  }
  play({ kind: 'janitor' })
  play({ kind: 'gc', id: 'q1' })
  play({ kind: 'gc', id: 'q2' })
  if (now.failure !== null) return `when all had stopped: ${now.failure}`
  const left = leftOver(config, now)
  if (left !== null || what === 'everybody died') return left
  const repo = config.processes.find((role) => role.repo !== undefined)?.repo ?? 'A'
  for (const d of ['D1', 'D2']) {
    const result = play({ kind: 'uploader', repo, d, x: `z${d}` })
    if (now.failure === null && result !== 'done:201') return `I4: a new upload of ${d} ends with ${result}`
  }
  const result = play({ kind: 'pusher', repo, m: 'M2', tag: 'zz' })
  if (now.failure === null && result !== 'done:201') return `I4: a new push of M2 ends with ${result}`
  play({ kind: 'janitor' })
  play({ kind: 'gc', id: 'q3' })
  return now.failure === null ? null : `after a new push: ${now.failure}`
}

function leftOver({ switches }: Config, { store, ghosts }: State): string | null {
  const named = new Set(
    Object.entries(store).flatMap(([key, cell]) => (key.startsWith('b/') && isUp(cell) ? `d/${cell.body.x}` : [])),
  )
  for (const [key, { body }] of Object.entries(store)) {
    if (key.startsWith('u/') || key.startsWith('gc/trash')) return `I4: ${key} is left over`
    const isAccepted = ghosts[`late:${key}`] && !switches.strictOrphans
    if (key.startsWith('d/') && !isAccepted && !named.has(key)) return `I4: nothing names the bytes ${key}`
    if (switches.strictCells && key.startsWith('b/') && (body.st === 'new' || body.st === 'cond')) {
      return `I4: pointer ${key} is left ${body.st}`
    }
  }
  return null
}

/** One process, without faults, to its end. */
function playAlone(config: Config, state: State, role: Role): readonly [State, string] {
  let now: State = {
    ...state,
    processes: [spawn(config, role)],
    faults: { crash: 0, lost: 0, tick: 0 },
    delayed: [],
  }
  for (let steps = 0; now.processes.some(isAlive); steps++) {
    if (steps > 500) return [{ ...now, failure: `I4: ${role.kind} does not end` }, '']
    now = step(config, now, 0, 0)
    if (now.failure !== null) return [now, '']
  }
  return [{ ...now, failure: brokenSafety(config, now) }, now.processes[0]?.at ?? '']
}
