/**
 * DELETE of a whole repository: D1-D5 of `packages/storage/src/repository-delete.ts`. Who deletes takes the marker `cat/R`
 * away and then looks at the manifests; who pushes writes the manifest and then looks at the marker: one sees the other.
 * @module
 */
import { again, bury, type Context, first, type Label, list, overwrite, put, remove, type Vars } from './process.ts'
import type { Listed, Ref } from './store.ts'

const cells = (v: Vars, kinds: string) => ({ prefix: `r/${v.repo}/`, only: new RegExp(`^r/[^/]+/(${kinds})/`) })
const marker = (v: Vars) => `cat/${v.repo}`
const head = (v: Vars) => first(v.found)

export const deleteRepository: Readonly<Record<string, Label>> = {
  // D1: tags and manifests, with the versions of the LIST.
  rd1: list(
    (v) => cells(v, 't|m'),
    (v, listed) => {
      v.found = alive(listed)
      return v.found.length > 0 ? 'rd1w' : 'rd2'
    },
  ),
  rd1w: put(
    (v) => bury(head(v)[0], head(v)[1]),
    (v) => next(v, 'rd1w', 'rd2'),
    (v, x) => noteDeleted(head(v)[0], x),
  ),
  // D2: links as GC does it.
  rd2: list(
    (v) => cells(v, 'b'),
    (v, listed) => {
      v.found = alive(listed)
      v.condemned = []
      return v.found.length > 0 ? 'rd2w' : 'rd3'
    },
  ),
  rd2w: put(
    (v) => ({ type: 'put', key: head(v)[0], body: { st: 'cond' }, condition: head(v)[1] }),
    (v, { ok, ref }) => {
      if (ok && ref !== undefined) v.condemned = [...(v.condemned ?? []), [head(v)[0], ref]]
      return next(v, 'rd2w', 'rd2l')
    },
  ),
  rd2l: list(
    (v) => cells(v, 'm'),
    (v, listed, x) => {
      if (x.O.repoNoLook !== 1 && alive(listed).length > 0) return again(v, x, 'rd1')
      v.found = v.condemned ?? []
      v.condemned = null
      return v.found.length > 0 ? 'rd2x' : 'rd3'
    },
  ),
  rd2x: put(
    (v) => bury(head(v)[0], head(v)[1]),
    (v) => next(v, 'rd2x', 'rd3'),
  ),
  // D3: somebody pushes meanwhile.
  rd3: list(
    (v) => cells(v, 't|m|b'),
    (v, listed, x) => (alive(listed).length > 0 ? again(v, x, 'rd1') : 'rd4'),
  ),
  rd4: remove(marker, (_, x) => (x.O.repoNoSecondLook ? 'done:202' : 'rd5')),
  // D5
  rd5: list(
    (v) => cells(v, 't|m'),
    (_, listed) => (alive(listed).length > 0 ? 'rd5w' : 'done:202'),
  ),
  rd5w: put(
    (v) => overwrite(marker(v), { st: 'mark' }),
    () => 'done:202',
  ),
}

function alive(listed: readonly Listed[]): readonly (readonly [string, Ref])[] {
  return listed.filter(({ dead }) => !dead).map(({ key, ref }) => [key, ref] as const)
}

function next(v: Vars, more: string, end: string): string {
  v.found = (v.found ?? []).slice(1)
  if (v.found.length > 0) return more
  v.found = null
  return end
}

/** The user deleted it, with the repository. */
function noteDeleted(key: string, x: Context): void {
  if (!key.includes('/m/')) return
  x.set(`dg:${key}`, Number(x.ghost(`dg:${key}`) ?? 0) + 1)
  x.set(`am:${key}`, null)
}
