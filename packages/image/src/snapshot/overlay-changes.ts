/**
 * What an upper directory changes, told as `docker diff` tells it.
 * @module
 */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { OperationOptions } from '@tsreg/oci/content'
import { isWhiteout } from '../tree/upper.ts'
import { namesInDirectory, type TreeNode } from '../tree/walk.ts'
import { isOpaque } from '../tree/xattrs.ts'
import { ChangeList, type Comparison } from './change-list.ts'
import { isModified } from './is-modified.ts'
import type { MergedTree } from './merged.ts'
import type { Change } from './snapshotter.ts'

/**
 * In the order of the paths. A directory is among them when its own attributes differ, or something in it; of a deleted
 * directory only the directory itself.
 * @param below what lies below the upper directory
 */
export async function* overlayChanges(
  upper: string,
  below: MergedTree,
  { signal }: OperationOptions,
): AsyncGenerator<Change, void, undefined> {
  const list = new ChangeList<Comparison>()
  let count = 0
  for (const step of walkUpper({ upper, path: '', below })) {
    yield* list.add(step)
    // A walk of a large tree must leave room for a signal.
    if (++count % 1000 === 0) await turn()
    signal?.throwIfAborted()
  }
}

interface Place {
  readonly upper: string
  readonly path: string
  readonly below: MergedTree
}

/** What is found, and of directories that lie on both sides whether they themselves differ. */
function* walkUpper(place: Place): Generator<Comparison, void, undefined> {
  for (const name of namesOf(place)) {
    const path = place.path === '' ? name : `${place.path}/${name}`
    const location = join(place.upper, name)
    const stat = lstatSync(location, { bigint: true, throwIfNoEntry: false })
    const found = place.below.lookup(path)
    if (stat === undefined || isWhiteout({ stat })) {
      if (found !== undefined) yield { kind: 'deleted', path: `/${path}` }
      continue
    }
    yield { kind: kindOf({ path, location, stat }, found), path: `/${path}` }
    if (stat.isDirectory()) yield* walkUpper({ ...place, upper: location, path })
  }
}

/** Names in the upper directory; in one that hides what is below, those as well that are hidden. */
function namesOf({ upper, path, below }: Place): readonly string[] {
  const names = namesInDirectory(upper)
  if (path === '' || !isOpaque(upper)) return names
  const all = new Set([...names, ...below.names(path)])
  return [...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function kindOf(node: TreeNode, found: TreeNode | undefined): 'added' | 'modified' | 'same' {
  if (found === undefined) return 'added'
  return isModified(found, node) ? 'modified' : 'same'
}
