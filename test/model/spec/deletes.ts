/**
 * What clients delete: a tag, the link of a blob, a manifest with the tags that name it.
 * @module
 */
import {
  again,
  bury,
  type Context,
  first,
  type Label,
  linkOf,
  list,
  manifestOf,
  pop,
  put,
  read,
  tagOf,
} from './process.ts'
import { isUp } from './store.ts'

export const deletes: Readonly<Record<string, Label>> = {
  dt: read(tagOf, (v, seen) => {
    v.te = seen?.ref
    return seen !== null && seen.body.st !== 'dead' ? 'dtw' : 'done:404'
  }),
  dtw: put(
    (v) => bury(tagOf(v), v.te),
    (v, { ok }, x) => (ok ? 'done:202' : again(v, x, 'dt')),
  ),

  db: read(linkOf, (v, seen) => {
    v.le = seen?.ref
    return seen !== null && seen.body.st !== 'dead' ? 'dbw' : 'done:404'
  }),
  dbw: put(
    (v) => bury(linkOf(v), v.le),
    (v, { ok }, x) => (ok ? 'done:202' : again(v, x, 'db')),
    (v, x) => x.set(`ld:${linkOf(v)}`, 1),
  ),

  dm: read(manifestOf, (v, seen) => {
    v.me = seen?.ref
    return seen !== null && seen.body.st !== 'dead' ? 'dmw' : 'done:404'
  }),
  dmw: put(
    (v) => bury(manifestOf(v), v.me),
    (v, { ok }, x) => (ok ? 'dml' : again(v, x, 'dm')),
    (v, x) => {
      const name = `dg:${manifestOf(v)}`
      x.set(name, Number(x.ghost(name) ?? 0) + 1)
      x.set(`am:${manifestOf(v)}`, null)
    },
  ),
  // Its tags. The TAG is read first and the manifest then, as GC's repair of dangling tags must, too.
  dml: list(
    (v) => ({ prefix: `r/${v.repo}/t/` }),
    (v, listed) => {
      v.q = listed.filter(({ dead }) => !dead).map(({ key }) => key)
      return v.q.length > 0 ? 'dmg' : 'done:202'
    },
  ),
  dmg: read(
    (v) => first(v.q),
    (v, seen, x) => {
      if (seen?.body.d !== v.m) return pop(v, 'dmg', 'done:202')
      v.te = seen?.ref
      return x.O.delRecheck ? 'dmc' : 'dmt'
    },
  ),
  dmc: read(manifestOf, (v, seen) => (isUp(seen) ? pop(v, 'dmg', 'done:202') : 'dmt')),
  dmt: put(
    (v) => bury(first(v.q), v.te),
    (v) => pop(v, 'dmg', 'done:202'),
    (v, x) => noteRemovedTag(first(v.q), x),
  ),
}

/**
 * A tag was removed by clean-up and not by its user: wrong, unless a client deleted its manifest after the push that wrote
 * the tag, or that relied on it when it was acknowledged.
 */
function noteRemovedTag(key: string, x: Context): void {
  const body = x.before(key)?.body
  if (body?.st !== 'live') return
  const cell = key.replace(/\/t\/.*/, `/m/${body.d}`)
  const deleted = Number(x.ghost(`dg:${cell}`) ?? 0)
  if (body.gen === deleted || (x.ghostBefore(`ta:${key}`) === cell && x.ghost(`am:${cell}`))) {
    x.fail(`I3: live tag removed by clean-up: ${key}`)
  }
  x.set(`kt:${key}`, deleted)
}
