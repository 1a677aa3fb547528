/**
 * States and steps: which processes can do what next, with which fault, and what becomes of the state then.
 * @module
 */
import type { Context, Ghost, Vars } from './process.ts'
import { initialVars, labelAt, type Role, settle, starts } from './processes.ts'
import type { Config, FaultName } from './scenes.ts'
import { apply, type Body, type Operation, type Put, type Ref, type Reply, type Store } from './store.ts'

export interface Process {
  readonly kind: Role['kind']
  readonly at: string
  readonly vars: Vars
  /** Version of a write whose reply was lost; -1 when it did not happen. Resolved by a GET that looks for the nonce. */
  readonly unknown: Ref | null
  /** Version which that write was to replace. */
  readonly replaces: number | null
}

/** A write on its way whose caller has given up: it takes place at any later step, or never. */
export interface Delayed {
  readonly owner: number
  readonly at: string
  readonly vars: Vars
  readonly key: string
  readonly body: Body
  readonly condition: Ref | null
  readonly version: number
}

export interface State {
  readonly store: Store
  readonly processes: readonly Process[]
  /** What no process sees: acknowledged manifests `am:`, tags `ta:`, blobs `ab:`, deletes of manifests `dg:` and links `ld:`, tags removed by clean-up `kt:`, late bytes `late:`. */
  readonly ghosts: Readonly<Record<string, Ghost>>
  readonly clock: number
  readonly timed: boolean
  /** Faults that may still happen. */
  readonly faults: Readonly<Record<FaultName, number>>
  readonly delayed: readonly Delayed[]
  /** Number of the next write. */
  readonly version: number
  /** The invariant that the last step broke. */
  readonly failure: string | null
  /** What the last step did; null for faults. */
  readonly operation: Operation | null
}

type Draft = { -readonly [field in keyof State]: State[field] }

/** What a step does: 8 times the process, and the variant. */
export const tick = 200
/** And the index of the delayed write that takes place. */
export const delivery = 210
export const variant = { normal: 0, loseReply: 1, delay: 2, die: 3, crashAndRetry: 4, twice: 5 } as const

export function initial(config: Config): State {
  const store: Record<string, Store[string]> = {}
  let version = 1
  for (const [key, body] of config.init ?? []) store[key] = { body, version: version++, at: 0 }
  return {
    store,
    processes: config.processes.map((role) => spawn(config, role)),
    ghosts: Object.fromEntries((config.acknowledged ?? []).map((key) => [`am:${key}`, 1])),
    clock: config.timed ? 2 : 0,
    timed: config.timed === true,
    faults: config.faults,
    delayed: [],
    version,
    failure: null,
    operation: null,
  }
}

export function spawn({ switches }: Config, role: Role): Process {
  const vars = initialVars(role)
  return { kind: role.kind, at: starts[role.kind].start(vars, switches), vars, unknown: null, replaces: null }
}

export function isAlive({ at }: Process): boolean {
  return !at.startsWith('done') && at !== 'dead'
}

/** Every step that is possible, as codes for {@link successor}. */
export function enabled(config: Config, state: State): readonly number[] {
  const { faults } = state
  const codes: number[] = []
  for (const [index, process] of state.processes.entries()) {
    if (!isAlive(process)) continue
    const code = index * 8
    codes.push(code)
    const isWrite = () => labelAt(process.at).operation(process.vars, config.switches).type === 'put'
    if (faults.lost > 0 && process.unknown === null && isWrite()) {
      codes.push(code + variant.loseReply)
      if (config.delay) codes.push(code + variant.delay)
      if (config.twice && mayRepeat(config, process)) codes.push(code + variant.twice)
    }
    if (faults.crash > 0) {
      codes.push(code + variant.die)
      if (starts[process.kind].retry !== undefined) codes.push(code + variant.crashAndRetry)
    }
  }
  if (faults.tick > 0) codes.push(tick)
  for (const index of state.delayed.keys()) codes.push(delivery + index)
  return codes
}

/** Whether something on the way to the store may make the request a second time, much later. */
function mayRepeat({ switches }: Config, { at, vars }: Process): boolean {
  const operation = labelAt(at).operation(vars, switches)
  const createsSession =
    operation.type === 'put' && operation.key.startsWith('u/') && operation.condition?.version === 0
  return !(switches.once && createsSession)
}

export function successor(config: Config, state: State, code: number): State {
  if (code === tick) {
    const faults = { ...state.faults, tick: state.faults.tick - 1 }
    return { ...state, clock: state.clock + 1, faults, failure: null, operation: null }
  }
  if (code >= delivery) return deliver(config, state, state.delayed[code - delivery])
  const index = code >> 3
  const how = code & 7
  if (how !== variant.die && how !== variant.crashAndRetry) return step(config, state, index, how)
  const processes = state.processes.slice()
  const role = config.processes[index]
  const dead = processes[index]
  if (dead === undefined || role === undefined) throw new Error(`there is no process ${index}`)
  const vars = initialVars(role)
  const at = starts[role.kind].retry?.(vars, config.switches) ?? 'dead'
  processes[index] =
    how === variant.die
      ? { ...dead, at: 'dead', vars: {}, unknown: null }
      : { kind: role.kind, at, vars, unknown: null, replaces: null }
  const faults = { ...state.faults, crash: state.faults.crash - 1 }
  return { ...state, processes, faults, failure: null, operation: null }
}

/** One operation of one process. */
export function step(config: Config, state: State, index: number, how: number): State {
  const process = state.processes[index]
  if (process === undefined) throw new Error(`there is no process ${index}`)
  const next: Draft = { ...state, processes: state.processes.slice(), failure: null }
  const { unknown, vars, at } = process
  if (unknown !== null) {
    next.operation = { type: 'get', key: unknown.key }
    const ok = state.store[unknown.key]?.version === unknown.version
    continueWith(config, state, next, index, { ok, ref: unknown, unsure: true })
    return next
  }
  const label = labelAt(at)
  const operation = label.operation(vars, config.switches)
  next.operation = operation
  next.version = state.version + 1
  const isLost = how === variant.loseReply || how === variant.delay
  if (isLost || how === variant.twice) next.faults = { ...state.faults, lost: state.faults.lost - 1 }
  const replaces = operation.type === 'put' ? (operation.condition?.version ?? null) : null
  if ((how === variant.delay || how === variant.twice) && operation.type === 'put') {
    const { key, body, condition = null } = operation
    const { version } = state
    next.delayed = [...state.delayed, { owner: index, at, vars, key, body, condition, version }]
  }
  if (how === variant.delay && operation.type === 'put') {
    const { key } = operation
    const { version } = state
    setProcess(next, index, { ...process, unknown: { key, version }, replaces })
    return next
  }
  const { store, reply, wrote } = apply(state.store, operation, state.version, state.clock)
  next.store = store
  if (wrote && operation.type !== 'list') {
    forgetTag(next, operation.key)
    label.onWrite?.(vars, contextOf(config, state, next))
  }
  noteLateBytes(state, next, operation)
  if (isLost && operation.type === 'put') {
    const ref = { key: operation.key, version: wrote ? state.version : -1 }
    setProcess(next, index, { ...process, unknown: ref, replaces })
  } else continueWith(config, state, next, index, reply)
  return next
}

function deliver(config: Config, state: State, write: Delayed | undefined): State {
  if (write === undefined) throw new Error('there is no such delayed write')
  const { key, body, condition, version, at, vars } = write
  const operation: Operation = { type: 'put', key, body, ...(condition === null ? {} : { condition }) }
  const next: Draft = { ...state, delayed: state.delayed.filter((other) => other !== write), failure: null, operation }
  const { store, wrote } = apply(state.store, operation, version, state.clock)
  if (wrote) {
    labelAt(at).onWrite?.(vars, contextOf(config, state, next))
    forgetTag(next, key)
  }
  next.store = store
  noteLateBytes(state, next, operation)
  return next
}

/** The process goes on with the reply to its label. */
function continueWith(config: Config, state: State, next: Draft, index: number, reply: Reply | Put): void {
  const process = state.processes[index]
  if (process === undefined) throw new Error(`there is no process ${index}`)
  const vars: Vars = { ...process.vars }
  const context = contextOf(config, state, next)
  const at = settle(labelAt(process.at).next(vars, reply, context), vars, context)
  if (process.kind === 'pusher' && at === 'done:201' && vars.tag) {
    const tag = `r/${vars.repo}/t/${vars.tag}`
    const cell = `r/${vars.repo}/m/${vars.m}`
    if (next.store[tag]?.body.d === vars.m && next.ghosts[`am:${cell}`]) context.set(`ta:${tag}`, cell)
  }
  const done = at.startsWith('done')
  setProcess(next, index, { kind: process.kind, at, vars: done ? {} : vars, unknown: null, replaces: null })
}

function setProcess(next: Draft, index: number, process: Process): void {
  next.processes = next.processes.with(index, process)
}

/** Whoever writes a tag again makes it another one. */
function forgetTag(next: Draft, key: string): void {
  const { [`ta:${key}`]: found, ...rest } = next.ghosts
  if (found !== undefined) next.ghosts = rest
}

/**
 * Bytes that arrive after their session was discarded: a PUT in flight cannot be fenced. When their writer dies before it
 * notices, only fsck finds them; exactly these orphans are accepted, and no other.
 */
function noteLateBytes(state: State, next: Draft, operation: Operation): void {
  if (operation.type !== 'put' || !operation.key.startsWith('d/')) return
  const session = state.store[`u/${operation.key.slice('d/'.length)}`]
  if (session !== undefined && session.body.st !== 'discard') return
  next.ghosts = { ...next.ghosts, [`late:${operation.key}`]: 1 }
}

function contextOf({ switches }: Config, state: State, next: Draft): Context {
  return {
    O: switches,
    clock: state.clock,
    ghost: (name) => next.ghosts[name],
    ghostBefore: (name) => state.ghosts[name],
    set(name, value) {
      if (next.ghosts[name] === value) return
      const { [name]: _, ...rest } = next.ghosts
      next.ghosts = value === null ? rest : { ...rest, [name]: value }
    },
    before: (key) => state.store[key],
    isDead: (key) => next.store[key]?.body.st === 'dead',
    tagNames: (key, manifest) => next.store[key]?.body.d === manifest,
    isTagged: (key) => Object.entries(next.ghosts).some(([name, value]) => name.startsWith('ta:') && value === key),
    isOld: ({ age }) => !state.timed || age >= 2, // grace: 2 ticks
    mustTouch: ({ age }) => state.timed && age >= 1, // half of it
    fail(message) {
      next.failure ??= message
    },
  }
}
