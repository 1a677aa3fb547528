/**
 * The people of the scenes, and what lies in the store before they come.
 * @module
 */
import type { Role } from './processes.ts'
import type { Body } from './store.ts'

type Init = readonly (readonly [key: string, body: Body])[]

export function uploader(x: string, d = 'D1', repo = 'A', more: Partial<Role> = {}): Role {
  return { kind: 'uploader', x, d, repo, ...more }
}

/** A client that repeats the closing request of session `x`. */
export function finalizer(x: string, d = 'D1', repo = 'A', more: Partial<Role> = {}): Role {
  return { kind: 'finalizer', x, d, repo, ...more }
}

/** @param tag absent: the manifest gets none */
export function pusher(m: string, tag?: string, repo = 'A'): Role {
  return { kind: 'pusher', m, repo, ...(tag === undefined ? {} : { tag }) }
}

export function collector(id = 'g1'): Role {
  return { kind: 'gc', id }
}

export const janitor: Role = { kind: 'janitor' }

/** A blob that has been there for long. */
export function blob(d: string, x = `p${d}`, repositories: readonly string[] = ['A']): Init {
  const links = repositories.map((name) => [`r/${name}/b/${d}`, { st: 'live' }] as const)
  return [[`b/${d}`, { st: 'live', x }], [`d/${x}`, { d }], ...links]
}

export function manifestCells(m: string, tag?: string, repo = 'A'): Init {
  const cell = [`r/${repo}/m/${m}`, { st: 'live' }] as const
  return tag === undefined ? [cell] : [cell, [`r/${repo}/t/${tag}`, { st: 'live', d: m, gen: 0 }]]
}
