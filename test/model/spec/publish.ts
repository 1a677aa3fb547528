/**
 * How bytes become a blob: f0-f3 of the protocol, the upload in one request, the inline blob, and the earlier way over a
 * third state `new` of the pointer (c1-c3), which is kept because it shows what the shorter way must not lose.
 * @module
 */
import {
  again,
  bury,
  create,
  dataOf,
  type Label,
  names,
  pointerOf,
  put,
  read,
  refOf,
  sessionOf,
  swap,
  type Vars,
} from './process.ts'
import { isCondemned, isLive, isUp, type Seen } from './store.ts'

export const publish: Readonly<Record<string, Label>> = {
  // The session is read BEFORE the pointer, so that a later base in the session is never replaced by an older one.
  f0: read(sessionOf, (v, seen) => openSession(v, seen, 'f1')),
  f1: read(pointerOf, (v, seen, x) => {
    v.pe = refOf(seen, pointerOf(v))
    if (seen !== null && isUp(seen)) {
      noteDuplicate(v, seen)
      return isCondemned(seen) || x.mustTouch(seen) ? 'f1r' : 'c4'
    }
    return x.O.v2Order ? 'f2' : 'f2w'
  }),
  f1r: put(rescued, (v, { ok }, x) => (ok ? 'c4' : again(v, x, 'f1'))),
  // The other way round, only as a mutation.
  f2: read(sessionOf, (v, seen) => openSession(v, seen, 'f2w')),
  f2w: put(
    (v) => swap(sessionOf(v), { st: 'commit', d: v.d ?? null, base: v.pe ?? null }, v.se),
    (v, { ok }, x) => (ok ? 'f3' : again(v, x, x.O.v2Order ? 'f1' : 'f0')),
  ),
  f3: put(
    (v) => swap(pointerOf(v), { st: 'live', x: v.x ?? null }, v.pe),
    (v, { ok }, x) => {
      if (!ok) return again(v, x, x.O.v2Order ? 'f1' : 'f0')
      v.dup = false
      return 'c4'
    },
  ),

  // One request with a known digest: the session is born committed, so it costs no swap of its own.
  O1: read(pointerOf, (v, seen, x) => {
    v.pe = refOf(seen, pointerOf(v))
    if (seen === null || !isUp(seen)) return 'o2'
    v.nosess = 1
    v.dup = true
    v.px = seen.body.x
    return isCondemned(seen) || x.mustTouch(seen) ? 'o1r' : 'c4'
  }),
  o1r: put(rescued, (v, { ok }, x) => (ok ? 'c4' : again(v, x, 'O1'))),
  o2: put(
    (v) => create(sessionOf(v), { st: 'commit', d: v.d ?? null, base: v.pe ?? null }),
    (v, { ok }) => {
      v.nosess = null
      return ok ? 'oB' : 'done:fail'
    },
  ),
  oB: put(
    (v) => create(dataOf(v), { d: v.d ?? null }),
    (_, { ok }) => (ok ? 'f3' : 'Bh'),
  ),

  // Inline: born live, no bytes elsewhere, no session.
  i1: read(pointerOf, (v, seen, x) => {
    v.pe = refOf(seen, pointerOf(v))
    v.nosess = 1
    if (seen !== null && isLive(seen) && !x.mustTouch(seen)) return 'c4'
    v.px = isUp(seen) ? seen?.body.x : '-'
    return 'i1w'
  }),
  i1w: put(rescued, (v, { ok }, x) => (ok ? 'c4' : again(v, x, 'i1'))),

  c1: read(pointerOf, (v, seen, x) => {
    v.pe = refOf(seen, pointerOf(v))
    if (seen !== null && (isLive(seen) || (isCondemned(seen) && x.O.noRescue))) {
      noteDuplicate(v, seen)
      return x.mustTouch(seen) ? 'c1r' : 'c4'
    }
    if (seen !== null && isCondemned(seen)) {
      noteDuplicate(v, seen)
      return 'c1r'
    }
    if (x.O.adoptNew && seen?.body.st === 'new' && seen.body.x === v.x) {
      v.ne = seen.ref
      return 'c2'
    }
    return 'c1w'
  }),
  c1r: put(rescued, (v, { ok }, x) => (ok ? 'c4' : again(v, x, 'c1'))),
  c1w: put(
    (v, O) => swap(pointerOf(v), { st: O.directLive ? 'live' : 'new', x: v.x ?? null }, v.pe),
    (v, { ok, ref }, x) => {
      if (!ok) return again(v, x, 'c1')
      v.ne = ref
      v.dup = false
      return 'c2'
    },
  ),
  c2: read(sessionOf, (v, seen, x) => {
    if (x.O.noFence) return 'c3'
    if (seen === null || seen.body.st === 'discard') {
      if (x.O.directLive) return 'dl'
      return x.O.lateClean ? 'L2' : 'done:404'
    }
    if (seen.body.st === 'commit') {
      if (seen.body.d !== v.d) return 'done:digest'
      return x.O.directLive ? 'c4' : 'c3'
    }
    v.se = seen.ref
    return 'c2w'
  }),
  c2w: put(
    (v) => swap(sessionOf(v), { st: 'commit', d: v.d ?? null }, v.se),
    (v, { ok }, x) => {
      if (!ok) return again(v, x, 'c2')
      return x.O.directLive ? 'c4' : 'c3'
    },
  ),
  c3: put(
    (v) => swap(pointerOf(v), { st: 'live', x: v.x ?? null }, v.ne),
    (v, { ok }, x) => {
      v.tried = 1
      return ok ? 'c4' : again(v, x, 'c1')
    },
  ),
  // Only as a mutation: take back what was published before the fence was looked at.
  dl: put(
    (v) => bury(pointerOf(v), v.ne),
    () => 'done:404',
  ),

  // The session is discarded or gone: somebody published these very bytes, or rule X on them.
  L2: read(pointerOf, (v, seen) => {
    if (names(seen, v.x)) {
      v.dup = false
      v.px = seen?.body.x
      v.pe = seen?.ref
      return isCondemned(seen) ? 'c1r' : 'c4'
    }
    v.ret = 'done:404'
    v.onGone = 'x2'
    return 'x1'
  }),

  // Somebody removes the tombstone of a pointer for good. Nobody may: only as a mutation.
  s1: read(pointerOf, (v, seen) => {
    v.pe = seen?.ref
    return seen?.body.st === 'dead' ? 's2' : 'done:ok'
  }),
  s2: {
    operation: (v) => ({ type: 'delete', key: pointerOf(v), condition: v.pe }),
    next: () => 'done:ok',
  },
}

function rescued(v: Vars) {
  return swap(pointerOf(v), { st: 'live', x: v.px ?? null }, v.pe)
}

function noteDuplicate(v: Vars, { body: { x } }: Seen): void {
  v.dup = x !== v.x
  v.px = x
}

function openSession(v: Vars, seen: Seen | null, next: string): string {
  if (seen === null || seen.body.st === 'discard') return 'L2'
  if (seen.body.st === 'commit' && seen.body.d !== v.d) return 'done:digest'
  v.se = seen.ref
  return next
}
