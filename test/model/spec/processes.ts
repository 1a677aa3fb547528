/**
 * The protocol as processes. Keys are short forms of the real ones:
 *
 * ```
 * b/<D>          pointer {live | cond, x}       r/<R>/b/<D>      link
 * d/<X>          bytes of session X             r/<R>/m/<M>      manifest
 * u/<X>          session {open | commit | ...}  r/<R>/t/<T>      tag
 * gc/trash/<id>  bytes that await deletion      r/<R>/s/<S>/<M>  marker of a referrer
 * cat/<R>        marker of a repository
 * ```
 * @module
 */
import { collect, popCandidate } from './collect.ts'
import { deleteRepository } from './delete-repository.ts'
import { deletes } from './deletes.ts'
import { manifest, needsOf } from './manifests.ts'
import type { Context, Label, Switches, Vars } from './process.ts'
import { publish } from './publish.ts'
import { push } from './push.ts'
import { nextSession, ruleX } from './rule-x.ts'
import { upload } from './upload.ts'

export type Kind =
  | 'uploader'
  | 'finalizer'
  | 'mounter'
  | 'pusher'
  | 'delTag'
  | 'delBlob'
  | 'delManifest'
  | 'delRepo'
  | 'cancel'
  | 'tombstones'
  | 'janitor'
  | 'gc'

/** One process of a scene: its kind, and the variables it begins with. */
export interface Role extends Vars {
  readonly kind: Kind
}

const labels: Readonly<Record<string, Label>> = {
  ...upload,
  ...publish,
  ...ruleX,
  ...push,
  ...deletes,
  ...deleteRepository,
  ...collect,
}

/** Labels that are local work only. */
const local: Readonly<Record<string, (v: Vars, x: Context) => string>> = { Jn: nextSession, Gn: popCandidate }

/** @throws Error for a label that is none, which would be an error of the specification */
export function labelAt(at: string): Label {
  const found = labels[at]
  if (found === undefined) throw new Error(`there is no label ${at}`)
  return found
}

/** Follows local labels to one with an operation, or to the end. */
export function settle(at: string, v: Vars, x: Context): string {
  let label = at
  for (let step = local[label]; step !== undefined; step = local[label]) label = step(v, x)
  return label
}

interface Start {
  readonly start: (v: Vars, O: Switches) => string
  /** Where a client begins again after a crash; absent: nobody tries again. */
  readonly retry?: (v: Vars, O: Switches) => string
}

export const starts: Readonly<Record<Kind, Start>> = {
  uploader: {
    start: (v) => (v.inline ? 'i1' : v.one ? 'O1' : 'U1'),
    retry: (v) => (v.inline ? 'i1' : 'R'),
  },
  finalizer: { start: () => 'R', retry: () => 'R' },
  mounter: { start: () => 'k1', retry: () => 'k1' },
  pusher: {
    start: (v, O) => {
      if (manifest(v.m).subject !== null) return 'm1'
      return O.noM2 || needsOf(v.repo ?? '', v.m).length === 0 ? 'm3' : 'mb'
    },
    retry: (_, O) => (O.noM2 ? 'm3' : 'mb'),
  },
  delTag: { start: () => 'dt' },
  delBlob: { start: () => 'db' },
  delManifest: { start: () => 'dm', retry: () => 'dm' },
  delRepo: { start: () => 'rd1', retry: () => 'rd1' },
  cancel: { start: () => 'x1' },
  tombstones: { start: () => 's1' },
  janitor: { start: () => 'J0' },
  gc: { start: (_, O) => (O.trash ? 'gt' : 'g0') },
}

/** The variables that a process of the role begins with. */
export function initialVars({ kind, ...vars }: Role): Vars {
  if (kind === 'pusher') return { ...vars, post: 0, i: 0 }
  return kind === 'cancel' ? { ...vars, ret: 'done:ok' } : { ...vars }
}
