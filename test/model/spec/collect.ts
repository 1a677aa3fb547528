/**
 * Garbage collection over pointers, links, untagged manifests and trash: G0-G4 of the protocol.
 * @module
 */

import { addTagMark, mark } from './mark.ts'
import {
  bury,
  type Candidate,
  type Context,
  dataOf,
  first,
  type Label,
  list,
  overwrite,
  pop,
  put,
  read,
  remove,
  swap,
  type Vars,
} from './process.ts'
import { type Body, isCondemned, isLive, isUp, type Ref } from './store.ts'

const candidate = (v: Vars): Candidate => first(v.cand)
/** One key for each entry, never that of another entry. */
const trashOf = (v: Vars) => `gc/trash/${v.id}.${candidate(v)[2]}`
const sessionOfCandidate = (v: Vars) => `u/${candidate(v)[2]}`
const withBytes = (st: 'live' | 'cond', x: string | null | undefined): Body => (x ? { st, x } : { st })
const whatMarks = () => ({ prefix: 'r/', only: /\/m\/|\/t\// })

export const collect: Readonly<Record<string, Label>> = {
  // G4: trash of earlier runs.
  gt: list(
    () => ({ prefix: 'gc/trash/' }),
    (v, listed) => {
      v.tq = listed.map(({ key }) => key)
      v.tb = listed.map(({ body: { d, x } }) => `${d} ${x}`)
      return v.tq.length > 0 ? 'gt1' : 'g0'
    },
  ),
  gt1: read(
    (v) => `b/${first(v.tb).split(' ')[0]}`,
    (v, seen, x) => {
      const [d = '', bytes = ''] = first(v.tb).split(' ')
      v.d = d
      v.x = bytes
      const isNamed = seen?.body.x === bytes
      if (isNamed && isCondemned(seen) && x.O.trashKeepCond) return popTrash(v)
      if (isNamed && (isUp(seen) || (seen?.body.st === 'new' && !x.O.sweepFence))) return 'gtd'
      v.ret = 'gtd'
      v.onGone = 'x2'
      return fencesAfter(x) ? 'x1' : 'g3d'
    },
  ),
  gtd: remove((v) => first(v.tq), popTrash),

  g0: list(whatMarks, (v, listed, x) => mark(v, listed, x, { next: 'g1', tags: 'g0t' })),
  g0t: read(
    (v) => first(v.q),
    (v, seen) => {
      addTagMark(v, seen)
      return pop(v, 'g0t', 'g1')
    },
  ),
  g1: list(
    (_, O) => ({ prefix: '', only: O.gcLinks ? /^b\/|^r\/[^/]+\/b\// : /^b\// }),
    (v, listed, x) => {
      const isMarked = (key: string) => v.marks?.includes(key) === true
      v.q = listed
        .filter((cell) => !cell.dead && x.isOld(cell) && !(isLive(cell) && isMarked(cell.key)))
        .map(({ key }) => key)
      if (x.O.gcManifests) v.q = v.q.concat((v.ml ?? []).filter((key) => !isMarked(key)))
      v.ml = null
      v.cand = []
      return v.q.length > 0 ? 'g1g' : end(v)
    },
  ),
  g1g: read(
    (v) => first(v.q),
    (v, seen, x) => {
      const key = first(v.q)
      // One that a run condemned which crashed: a candidate with the version seen here.
      if (seen !== null && isCondemned(seen)) {
        addCandidate(v, [key, seen.ref, seen.body.x ?? null])
        return nextToCondemn(v, x)
      }
      if (seen?.body.st === 'new' && x.O.gcNew) {
        v.pe = seen.ref
        return 'g1n'
      }
      if (seen === null || !isLive(seen) || v.marks?.includes(key) || !x.isOld(seen)) return nextToCondemn(v, x)
      v.pe = seen.ref
      v.px = seen.body.x ?? null
      return 'g1w'
    },
  ),
  g1n: put(
    (v) => bury(first(v.q), v.pe),
    (v, _, x) => nextToCondemn(v, x),
  ),
  g1w: put(
    (v) => swap(first(v.q), withBytes('cond', v.px), v.pe),
    (v, { ok, ref }, x) => {
      if (ok && ref !== undefined) addCandidate(v, [first(v.q), ref, v.px ?? null])
      return nextToCondemn(v, x)
    },
  ),
  g2: list(whatMarks, (v, listed, x) => {
    const next = mark(v, listed, x, { next: 'g3', tags: 'g2t' })
    v.ml = null
    return next === 'g3' ? judge(v, x) : next
  }),
  g2t: read(
    (v) => first(v.q),
    (v, seen, x) => {
      addTagMark(v, seen)
      return pop(v, 'g2t', () => judge(v, x))
    },
  ),
  // Only as a mutation: the version of the condemned cell is read again after G2.
  g3r: read(
    (v) => candidate(v)[0],
    (v, seen, x) => {
      if (seen === null || !isCondemned(seen)) return popCandidate(v, x)
      const [key, , bytes] = candidate(v)
      v.cand = [[key, seen.ref, bytes], ...(v.cand ?? []).slice(1)]
      return judgeFirst(v, x)
    },
  ),
  g3l: put(
    (v) => swap(candidate(v)[0], withBytes('live', candidate(v)[2]), candidate(v)[1]),
    (v, _, x) => popCandidate(v, x),
  ),
  // Must be known to be written.
  g3t: put(
    (v) => overwrite(trashOf(v), { d: candidate(v)[0].slice('b/'.length), x: candidate(v)[2] }),
    (_, { ok }, x) => (ok || x.O.dropUnsure ? 'g3w' : 'g3t'),
  ),
  g3w: put(
    (v) => bury(candidate(v)[0], candidate(v)[1]),
    (v, { ok, unsure }, x) => {
      const [key, , bytes] = candidate(v)
      const hasBytes = bytes !== null && bytes !== '-'
      if (!hasBytes) return popCandidate(v, x)
      // Unsure: the tombstone may be on its way, or done and written over. The trash entry must stay.
      if (!ok) return x.O.trash && !(unsure && !x.O.dropUnsure) ? 'g3u' : popCandidate(v, x)
      v.d = key.slice('b/'.length)
      v.x = bytes
      v.ret = x.O.trash ? 'g3u' : 'Gn'
      v.onGone = x.O.sweepFence === 3 ? 'x3' : 'x2'
      return fencesAfter(x) ? 'x1' : 'g3d'
    },
    (v, x) => {
      if (candidate(v)[0].includes('/m/')) noteRemovedManifest(candidate(v)[0], x)
    },
  ),
  // BEFORE the tombstone: nobody may publish these bytes again. One GET; the session is normally long gone.
  gf: read(sessionOfCandidate, (v, seen, x) => {
    if (seen === null || seen.body.st === 'discard') return x.O.trash ? 'g3t' : 'g3w'
    v.se = seen.ref
    v.xd = seen.body.d ?? null
    v.base = seen.body.base ?? null
    return 'gfw'
  }),
  gfw: put(
    (v) => swap(sessionOfCandidate(v), { st: 'discard', d: v.xd ?? null, base: v.base ?? null }, v.se),
    (_, { ok }, x) => {
      if (!ok) return 'gf'
      return x.O.trash ? 'g3t' : 'g3w'
    },
  ),
  g3d: remove(dataOf, (v, x) => {
    if (v.tq?.length) return 'gtd'
    return x.O.trash ? 'g3u' : popCandidate(v, x)
  }),
  g3u: remove(trashOf, popCandidate),
}

/** Mutations: the session is fenced after the tombstone and not before it. */
function fencesAfter(x: Context): boolean {
  return (x.O.sweepFence ?? 0) > 1
}

function addCandidate(v: Vars, added: readonly [string, Ref, string | null]): void {
  v.cand = [...(v.cand ?? []), added]
}

function nextToCondemn(v: Vars, x: Context): string {
  return pop(v, 'g1g', () => {
    if (!v.cand?.length) return end(v)
    return x.O.noRemark ? judge(v, x) : 'g2'
  })
}

function judge(v: Vars, x: Context): string {
  v.q = null
  if (!v.cand?.length) return end(v)
  return x.O.g3Reread ? 'g3r' : judgeFirst(v, x)
}

function judgeFirst(v: Vars, x: Context): string {
  const [key, , bytes] = candidate(v)
  if (v.marks?.includes(key)) return 'g3l'
  if (!bytes || bytes === '-') return 'g3w'
  if (x.O.sweepFence === 1) return 'gf'
  return x.O.trash ? 'g3t' : 'g3w'
}

/** Also a label: what comes after a candidate is local work. */
export function popCandidate(v: Vars, x: Context): string {
  v.cand = (v.cand ?? []).slice(1)
  return judge(v, x)
}

function popTrash(v: Vars): string {
  v.tq = (v.tq ?? []).slice(1)
  v.tb = (v.tb ?? []).slice(1)
  return v.tq.length > 0 ? 'gt1' : 'g0'
}

function end(v: Vars): string {
  v.marks = null
  v.cand = null
  v.ml = null
  v.q = null
  return 'done:ok'
}

/** Policy removed an untagged manifest, which is right, unless a live tag or index names it now. */
function noteRemovedManifest(key: string, x: Context): void {
  x.set(`am:${key}`, x.isTagged(key) ? 1 : null)
}
