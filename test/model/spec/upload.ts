/**
 * Uploads of blob `d` into repository `repo` under session `x`, which also names the bytes: the bytes, a repeated closing
 * request, the link, and the end. How the pointer is published stands in `publish.ts`.
 * @module
 */
import {
  again,
  type Context,
  create,
  dataOf,
  type Label,
  linkOf,
  overwrite,
  pointerOf,
  put,
  read,
  refOf,
  remove,
  sessionOf,
  swap,
  type Vars,
} from './process.ts'
import { isCondemned, isLive, isUp } from './store.ts'

export const upload: Readonly<Record<string, Label>> = {
  U1: put(
    (v) => create(sessionOf(v), { st: 'open' }),
    (_, { ok }) => (ok ? 'B' : 'done:fail'),
  ),
  // What this very request carries. Created and not replaced, so that two requests with different bytes cannot meet.
  B: put(
    (v, O) => (O.dataCreate ? create(dataOf(v), { d: v.d ?? null }) : overwrite(dataOf(v), { d: v.d ?? null })),
    (_, { ok }, x) => (ok ? toPublish(x) : 'Bh'),
  ),
  // Bytes are there: a multipart upload that was completed before, or another request. The metadata of the object say
  // which digest its writer verified.
  Bh: read(dataOf, (v, seen, x) => {
    if (seen === null) return v.mpu ? 'done:404' : again(v, x, 'B')
    return seen.body.d === v.d ? toPublish(x) : 'done:digest'
  }),

  // A client repeats the closing request, on any replica.
  R: read(sessionOf, (v, seen) => {
    if (seen === null || seen.body.st === 'discard') return 'Rb'
    return v.mpu ? 'Bh' : 'B'
  }),
  Rb: read(pointerOf, (_, seen) => (isUp(seen) ? 'Rl' : 'done:404')),
  Rl: read(linkOf, (v, seen, x) => (isUp(seen) ? acknowledge(v, x, 'done:201') : 'done:404')),

  // f4
  c4: read(linkOf, (v, seen, x) => {
    v.le = refOf(seen, linkOf(v))
    if (isLive(seen) && seen !== null && !x.mustTouch(seen)) return afterLink(v, x)
    if (isCondemned(seen) && x.O.noRescue) return acknowledge(v, x, afterAcknowledgement(v))
    return 'c4w'
  }),
  c4w: put(
    (v) => swap(linkOf(v), { st: 'live' }, v.le),
    (v, { ok }, x) => (ok ? afterLink(v, x) : again(v, x, 'c4')),
  ),
  // f5
  c4p: read(pointerOf, (v, seen, x) => {
    if (seen !== null && isLive(seen) && !x.mustTouch(seen)) return acknowledge(v, x, afterAcknowledgement(v))
    if (seen !== null && isUp(seen)) {
      v.pe = seen.ref
      v.px = seen.body.x
      return 'c4q'
    }
    if (v.mount || v.inline) return 'done:retry'
    return again(v, x, x.O.noNew ? 'f0' : 'c1')
  }),
  c4q: put(
    (v) => swap(pointerOf(v), { st: 'live', x: v.px ?? null }, v.pe),
    (v, _, x) => again(v, x, 'c4p'),
  ),
  c6: remove(sessionOf, () => 'done:201'),

  // Mount from `from`.
  k1: read(
    (v) => `r/${v.from}/b/${v.d}`,
    (_, seen) => (isUp(seen) ? 'k2' : 'done:202'),
  ),
  k2: read(pointerOf, (v, seen, x) => {
    v.nosess = 1
    v.mount = 1
    if (seen === null || !isUp(seen)) return 'done:202'
    v.pe = seen.ref
    v.px = seen.body.x
    return isCondemned(seen) || x.mustTouch(seen) ? 'k2w' : 'c4'
  }),
  k2w: put(
    (v) => swap(pointerOf(v), { st: 'live', x: v.px ?? null }, v.pe),
    (v, { ok }, x) => (ok ? 'c4' : again(v, x, 'k2')),
  ),
}

/** The bytes are complete: where publishing begins. */
export function toPublish(x: Context): string {
  if (!x.O.noNew) return 'c1'
  return x.O.v2Order ? 'f1' : 'f0'
}

function afterLink(v: Vars, x: Context): string {
  return x.O.linkPost ? 'c4p' : acknowledge(v, x, afterAcknowledgement(v))
}

/** 201. What comes then is cleaning up. */
function acknowledge(v: Vars, x: Context, next: string): string {
  x.set(`ab:${linkOf(v)}`, x.clock)
  return next
}

function afterAcknowledgement(v: Vars): string {
  if (v.nosess) return 'done:201'
  if (!v.dup) return 'c6'
  v.ret = 'done:201'
  return 'x1'
}
