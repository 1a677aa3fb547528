/**
 * What a process is made of. A process is a step machine: each label is exactly one operation on the store, and local work
 * that chooses the next label. `done:RESULT` ends it.
 * @module
 */
import {
  type Body,
  type Listed,
  type Operation,
  type Put,
  type Ref,
  type Reply,
  type Seen,
  tombstone,
} from './store.ts'

/** Protocol switches: which variant is played, with which fixes, and what a mutation takes out. Absent is 0. */
export interface Switches {
  /** Turns of all retry loops of one request together. */
  readonly tries: number
  readonly [name: string]: number
}

/** A pointer, link or manifest that GC condemned, with the version it must still have, and the session of its bytes. */
export type Candidate = readonly [key: string, ref: Ref, x: string | null]

/** Local variables of a process, by the names they have in the protocol. Null is the same as absent. */
export interface Vars {
  /** Repository, its source of a mount, digest, session, manifest, tag. */
  repo?: string
  from?: string
  d?: string | null
  x?: string
  m?: string
  tag?: string
  /** Of a GC run: prefix of its trash entries. */
  id?: string
  /** Kinds of uploads: one request with a known digest, inline, of parts (a retry finds the bytes). */
  one?: number
  inline?: number
  mpu?: number
  mount?: number
  /** No session belongs to it. */
  nosess?: number | null
  /** The pointer names other bytes than these. */
  dup?: boolean | null
  tried?: number
  /** Turns of retry loops so far. */
  n?: number
  /** Versions seen: of the pointer, of what was written over it, of the session, link, manifest, tag. */
  pe?: Ref | undefined
  ne?: Ref | undefined
  se?: Ref | undefined
  le?: Ref | undefined
  me?: Ref | undefined
  te?: Ref | undefined
  /** Session that the pointer names. */
  px?: string | null | undefined
  /** Rule X: digest and base of the session, label after it, label when the session is gone. */
  xd?: string | null
  base?: Ref | null
  ret?: string
  onGone?: string | null
  /** Manifest push: 0 before M3, 1 after; position in what it needs; the cell was there; deletes of it before M3. */
  post?: number
  i?: number
  had?: number
  gen?: number
  /** Work lists of loops: keys; GC's marks, manifests, candidates, trash entries and their bodies. */
  q?: readonly string[] | null
  marks?: readonly string[] | null
  ml?: readonly string[] | null
  cand?: readonly Candidate[] | null
  /** DELETE of a repository: cells with the versions of a LIST, links with those of their condemnation. */
  found?: readonly (readonly [key: string, ref: Ref])[] | null
  condemned?: readonly (readonly [key: string, ref: Ref])[] | null
  tq?: readonly string[]
  tb?: readonly string[]
}

/** What local work may look at beside its own variables: switches, the clock, and ghosts, which no real process can see. */
export interface Context {
  readonly O: Switches
  readonly clock: number
  /** A ghost now, and as it was before this step. */
  ghost(name: string): Ghost | undefined
  ghostBefore(name: string): Ghost | undefined
  set(name: string, value: Ghost | null): void
  /** The cell before this step. */
  before(key: string): { readonly body: Body } | undefined
  isDead(key: string): boolean
  tagNames(key: string, manifest: string): boolean
  /** True when an acknowledged tag names the manifest cell. */
  isTagged(key: string): boolean
  /** Old enough for the janitor and GC. */
  isOld(seen: { readonly age: number }): boolean
  /** So old that using it must write it. */
  mustTouch(seen: { readonly age: number }): boolean
  /** The step broke an invariant. */
  fail(message: string): void
}

export type Ghost = number | string

export interface Label {
  readonly operation: (v: Vars, O: Switches) => Operation
  readonly next: (v: Vars, reply: Reply, x: Context) => string
  /** Ghosts that change when the write takes place, which may be long after its caller gave up. */
  readonly onWrite?: ((v: Vars, x: Context) => void) | undefined
}

type Key = (v: Vars) => string
type Next<R> = (v: Vars, reply: R, x: Context) => string
type OnWrite = NonNullable<Label['onWrite']>

export function read(key: Key, next: Next<Seen | null>): Label {
  return { operation: (v) => ({ type: 'get', key: key(v) }), next: (v, reply, x) => next(v, reply as Seen | null, x) }
}

export function list(
  what: (v: Vars, O: Switches) => { readonly prefix: string; readonly only?: RegExp },
  next: Next<readonly Listed[]>,
): Label {
  return {
    operation: (v, O) => ({ type: 'list', ...what(v, O) }),
    next: (v, reply, x) => next(v, reply as readonly Listed[], x),
  }
}

export function put(operation: Label['operation'], next: Next<Put>, onWrite?: OnWrite): Label {
  return { operation, next: (v, reply, x) => next(v, reply as Put, x), onWrite }
}

export function remove(key: Key, next: (v: Vars, x: Context) => string): Label {
  return { operation: (v) => ({ type: 'delete', key: key(v) }), next: (v, _, x) => next(v, x) }
}

/** Compare-and-swap; creates when `seen` says that the key was absent. */
export function swap(key: string, body: Body, seen: Ref | undefined): Operation {
  return { type: 'put', key, body, condition: seen ?? absent(key) }
}
export function create(key: string, body: Body): Operation {
  return swap(key, body, absent(key))
}
export function overwrite(key: string, body: Body): Operation {
  return { type: 'put', key, body }
}
export function bury(key: string, seen: Ref | undefined): Operation {
  return swap(key, tombstone, seen)
}

export function absent(key: string): Ref {
  return { key, version: 0 }
}
/** The version to replace. */
export function refOf(seen: Seen | null, key: string): Ref {
  return seen === null ? absent(key) : seen.ref
}

/** One more turn of a retry loop, or the end. */
export function again(v: Vars, x: Context, label: string): string {
  v.n = (v.n ?? 0) + 1
  return v.n > x.O.tries ? 'done:gaveup' : label
}

export const pointerOf: Key = (v) => `b/${v.d}`
export const sessionOf: Key = (v) => `u/${v.x}`
export const dataOf: Key = (v) => `d/${v.x}`
export const linkOf: Key = (v) => `r/${v.repo}/b/${v.d}`
export const manifestOf: Key = (v) => `r/${v.repo}/m/${v.m}`
export const tagOf: Key = (v) => `r/${v.repo}/t/${v.tag}`

/** True when the pointer serves the bytes of session `x`. */
export function names(seen: Seen | null, x: string | undefined): boolean {
  return (seen?.body.st === 'live' || seen?.body.st === 'cond') && seen.body.x === x
}

/** Takes the first of the work list away: more of it, or the end. */
export function pop(v: Vars, more: string, end: string | (() => string)): string {
  v.q = (v.q ?? []).slice(1)
  if (v.q.length > 0) return more
  return typeof end === 'function' ? end() : end
}

export function first<T>(items: readonly T[] | null | undefined): T {
  const [item] = items ?? []
  if (item === undefined) throw new Error('the work list is empty')
  return item
}
