/**
 * Manifest push: M1, the check before, M3, M4 (`post` is 1), M5 and M5b of the protocol.
 * @module
 */

import { manifest, needsOf } from './manifests.ts'
import {
  again,
  bury,
  type Context,
  type Label,
  manifestOf,
  overwrite,
  put,
  read,
  refOf,
  swap,
  tagOf,
  type Vars,
} from './process.ts'
import { isCondemned, isLive } from './store.ts'

export const push: Readonly<Record<string, Label>> = {
  m1: put(
    (v) => overwrite(`r/${v.repo}/s/${manifest(v.m).subject}/${v.m}`, { st: 'mark' }),
    (v, _, x) => startCheck(v, x, 0),
  ),
  // The next thing that the manifest needs.
  mb: read(need, (v, seen, x) => {
    v.pe = refOf(seen, need(v))
    const mustRescue = isCondemned(seen) && !x.O.noRescue
    if (seen !== null && isLive(seen) && x.mustTouch(seen) && !v.post) {
      v.px = seen.body.x ?? null
      return 'mr'
    }
    if (isLive(seen) || (isCondemned(seen) && !mustRescue)) return nextCheck(v, x)
    if (mustRescue) {
      v.px = seen?.body.x ?? null
      return 'mr'
    }
    if (!v.post || (v.had && x.O.m4keepOld)) return 'done:unknown'
    return 'm4t'
  }),
  mr: put(
    (v) => swap(need(v), v.px ? { st: 'live', x: v.px } : { st: 'live' }, v.pe),
    (v, { ok }, x) => (ok ? nextCheck(v, x) : again(v, x, 'mb')),
  ),
  // M3
  m3: read(manifestOf, (v, seen, x) => {
    v.me = refOf(seen, manifestOf(v))
    v.had = seen !== null && seen.body.st !== 'dead' ? 1 : 0
    if (!isLive(seen) || !x.O.m3Skip) return 'm3w'
    v.gen = deletesOf(v, x)
    return startCheck(v, x, 1)
  }),
  m3w: put(
    (v) => swap(manifestOf(v), { st: 'live' }, v.me),
    (v, { ok, ref }, x) => {
      if (!ok) return again(v, x, 'm3')
      v.me = ref
      v.gen = deletesOf(v, x)
      return startCheck(v, x, 1)
    },
  ),
  m4t: put(
    (v) => bury(manifestOf(v), v.me),
    () => 'done:unknown',
  ),
  // M4b, after M3: who deletes the repository takes the marker away first and looks at the manifests then.
  mc: read(catalogOf, (v, seen, x) => (seen === null ? 'mcw' : toTag(v, x))),
  mcw: put(
    (v) => overwrite(catalogOf(v), { st: 'mark' }),
    (v, _, x) => toTag(v, x),
  ),
  // M5
  m5: read(tagOf, (v, seen, x) => {
    v.te = refOf(seen, tagOf(v))
    if (!x.O.tagSkip || seen?.body.d !== v.m) return 'm5w'
    return x.O.tagPost ? 'm5p' : acknowledge(v, x)
  }),
  m5w: put(
    (v) => swap(tagOf(v), { st: 'live', d: v.m ?? null, gen: v.gen }, v.te),
    (v, { ok }, x) => {
      if (!ok) return again(v, x, 'm5')
      return x.O.tagPost ? 'm5p' : acknowledge(v, x)
    },
  ),
  // M5b
  m5p: read(manifestOf, (v, seen, x) => {
    v.pe = refOf(seen, manifestOf(v))
    if (isLive(seen)) return acknowledge(v, x)
    return isCondemned(seen) ? 'm5r' : again(v, x, 'm3')
  }),
  m5r: put(
    (v) => swap(manifestOf(v), { st: 'live' }, v.pe),
    (v, _, x) => again(v, x, 'm5p'),
  ),
}

function catalogOf(v: Vars): string {
  return `cat/${v.repo}`
}

function need(v: Vars): string {
  return needsOf(v.repo ?? '', v.m)[v.i ?? 0] ?? ''
}

/** Ghost: how often clients deleted the manifest. */
function deletesOf(v: Vars, x: Context): number {
  return Number(x.ghost(`dg:${manifestOf(v)}`) ?? 0)
}

/** @param post 1: M4 */
function startCheck(v: Vars, x: Context, post: number): string {
  v.post = post
  v.i = 0
  const isEmpty = needsOf(v.repo ?? '', v.m).length === 0
  if (isEmpty || (post ? x.O.noM4 : x.O.noM2)) return post ? afterPost(v, x) : 'm3'
  return 'mb'
}

function nextCheck(v: Vars, x: Context): string {
  v.px = null
  v.i = (v.i ?? 0) + 1
  if (v.i < needsOf(v.repo ?? '', v.m).length) return 'mb'
  return v.post ? afterPost(v, x) : 'm3'
}

function afterPost(v: Vars, x: Context): string {
  return x.O.catalog ? 'mc' : toTag(v, x)
}

function toTag(v: Vars, x: Context): string {
  return v.tag ? 'm5' : acknowledge(v, x)
}

function acknowledge(v: Vars, x: Context): string {
  const key = manifestOf(v)
  if (v.tag) {
    if (x.isDead(tagOf(v)) && x.ghost(`kt:${tagOf(v)}`) === v.gen) {
      x.fail('I3: tag acknowledged after clean-up removed it')
    }
    // The tag was moved or deleted meanwhile: policy may take the manifest.
    if (x.O.gcManifests && !x.tagNames(tagOf(v), v.m ?? '')) return 'done:201'
  }
  // No client's delete came since M3: it must stay.
  if (deletesOf(v, x) === v.gen) x.set(`am:${key}`, 1)
  return 'done:201'
}
