/**
 * Rule X, which ends a session whose bytes were not published by it, and the janitor, which applies it to old sessions.
 * The digest may be unknown.
 * @module
 */
import {
  bury,
  dataOf,
  type Label,
  list,
  names,
  pointerOf,
  put,
  read,
  refOf,
  remove,
  sessionOf,
  swap,
  type Vars,
} from './process.ts'

const discarded: Label['operation'] = (v) =>
  swap(sessionOf(v), { st: 'discard', d: v.xd ?? null, base: v.base ?? null }, v.se)

export const ruleX: Readonly<Record<string, Label>> = {
  x1: read(sessionOf, (v, seen, x) => {
    // Absent for ever, as session keys are never created again. Some still have to look at the pointer AFTER seeing this.
    if (seen === null) {
      v.xd = v.d ?? null
      v.base = null
      return v.onGone ?? v.ret ?? 'done:ok'
    }
    v.xd = seen.body.d ?? v.d ?? null
    v.base = seen.body.base ?? null
    v.se = seen.ref
    if (seen.body.st === 'discard' || x.O.janNoFence) return v.xd ? 'x2' : 'x3'
    return 'x1w'
  }),
  x1w: put(discarded, (v, { ok }) => {
    if (!ok) return 'x1'
    return v.xd ? 'x2' : 'x3'
  }),
  x2: read(
    (v) => `b/${v.xd}`,
    (v, seen, x) => {
      v.pe = refOf(seen, `b/${v.xd}`)
      if (names(seen, v.x)) return 'x3u'
      if (x.O.noNew) return v.base && v.base.version === v.pe.version ? 'x2w' : 'x3'
      return seen?.body.st === 'new' && seen.body.x === v.x ? 'x2w' : 'x3'
    },
  ),
  x2w: put(
    (v) => bury(`b/${v.xd}`, v.pe),
    (_, { ok }) => (ok ? 'x3' : 'x2'),
  ),
  x3: remove(dataOf, () => 'x3u'),
  x3u: remove(sessionOf, (v) => v.ret ?? 'done:ok'),

  // The janitor: every session that is old.
  J0: list(
    () => ({ prefix: 'u/' }),
    (v, listed, x) => {
      v.q = listed.filter((entry) => x.isOld(entry)).map(({ key }) => key)
      return nextSession(v)
    },
  ),
  J1: read(sessionOf, (v, seen, x) => {
    if (seen === null) return nextSession(v)
    v.d = seen.body.d ?? null
    return seen.body.st === 'commit' && !x.O.noRollForward ? 'J2' : 'x1'
  }),
  // The earlier janitor completed what a crash had cut off; rule X alone is enough.
  J2: read(pointerOf, (v, seen, x) => {
    if (names(seen, v.x)) return 'x3u'
    if (seen?.body.st !== 'new' || seen.body.x !== v.x) return 'x1'
    v.pe = seen.ref
    return x.O.janitorOrder ? 'J3' : 'J4'
  }),
  J3: read(sessionOf, (v, seen) => {
    if (seen === null) return nextSession(v)
    return seen.body.st === 'commit' ? 'J4' : 'x1'
  }),
  J4: put(
    (v) => swap(pointerOf(v), { st: 'live', x: v.x ?? null }, v.pe),
    (_, { ok }) => (ok ? 'x3u' : 'J1'),
  ),
}

/** Also a label: what comes after a session is local work. */
export function nextSession(v: Vars): string {
  const [key, ...rest] = v.q ?? []
  if (key === undefined) return 'done:ok'
  v.x = key.slice('u/'.length)
  v.q = rest
  v.d = null
  v.ret = 'Jn'
  v.onGone = null
  return 'J1'
}
