/**
 * What has changed in a full copy: by the list of what the files were, and, where that says that something may have changed,
 * by a comparison with what was copied.
 * @module
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { OperationOptions } from '@tsreg/oci/content'
import { compareLayerPaths, type LayerEntry } from '../layer/write/entry.ts'
import { EntryMaker } from '../tree/entries.ts'
import { type TreeNode, walkTree } from '../tree/walk.ts'
import { ChangeList, type Comparison } from './change-list.ts'
import { type CopiedFile, readCopied, stateOf } from './copied.ts'
import { isModified } from './is-modified.ts'
import type { MergedTree } from './merged.ts'
import type { WritablePaths } from './paths.ts'
import type { Change } from './snapshotter.ts'

export interface Copy {
  readonly writable: WritablePaths
  /** What was copied. */
  readonly below: MergedTree
}

/** As `overlayChanges` tells them. */
export async function* copyChanges(copy: Copy, options: OperationOptions): AsyncGenerator<Change, void, undefined> {
  for await (const { kind, path } of changedNodes(copy, options)) yield { kind, path: `/${path}` }
}

/** The changes as entries of a layer. @param written hears of each file that is in the layer now */
export async function* copyEntries(
  copy: Copy,
  options: OperationOptions,
  written: (node: TreeNode) => void,
): AsyncGenerator<LayerEntry, void, undefined> {
  const maker = new EntryMaker()
  for await (const { path, node } of changedNodes(copy, options)) {
    const entry: LayerEntry | undefined = node === undefined ? { type: 'whiteout', path } : maker.entryOf(node)
    if (node !== undefined) written(node)
    if (entry !== undefined) yield entry
  }
}

/** `node` is what is there now. */
type Found = Comparison & { readonly node: TreeNode | undefined }

async function* changedNodes(copy: Copy, { signal }: OperationOptions) {
  const list = new ChangeList<Found>()
  let count = 0
  for (const found of compare(copy)) {
    yield* list.add(found)
    if (++count % 1000 === 0) await turn()
    signal?.throwIfAborted()
  }
}

/** Both lists are in one order, so one walk over both is enough. */
function* compare({ writable, below }: Copy): Generator<Found, void, undefined> {
  const before = readCopied(writable.copied)
  let earlier = before.next().value ?? undefined
  /** What is no directory any more: what was in it is gone without a word. */
  let gone = '/'
  const goneBefore = function* (path: string | undefined): Generator<Found, void, undefined> {
    for (; earlier !== undefined; earlier = before.next().value ?? undefined) {
      if (path !== undefined && compareLayerPaths(earlier.path, path) >= 0) return
      if (earlier.path.startsWith(`${gone}/`)) continue
      gone = earlier.path
      yield { kind: 'deleted', path: earlier.path, node: undefined }
    }
  }
  try {
    for (const node of walkTree(writable.files)) {
      yield* goneBefore(node.path)
      const same: CopiedFile | undefined = earlier?.path === node.path ? earlier : undefined
      if (same !== undefined) earlier = before.next().value ?? undefined
      if (!node.stat.isDirectory()) gone = node.path
      yield { kind: kindOf(node, same, below), path: node.path, node }
    }
    yield* goneBefore(undefined)
  } finally {
    before.return()
  }
}

function kindOf(node: TreeNode, copied: CopiedFile | undefined, below: MergedTree): Comparison['kind'] {
  if (copied === undefined) return 'added'
  if (copied.state === stateOf(node.stat)) return 'same'
  const found = below.lookup(node.path)
  return found === undefined || isModified(found, node) ? 'modified' : 'same'
}
