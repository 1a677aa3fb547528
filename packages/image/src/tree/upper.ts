/**
 * The upper directory of an overlay as the entries of a layer.
 * @module
 */
import type { LayerEntry } from '../layer/write/entry.ts'
import { EntryMaker } from './entries.ts'
import { type TreeNode, walkTree } from './walk.ts'
import { isOpaque } from './xattrs.ts'

/** True for what overlayfs leaves in the place of a deleted file: a character device 0:0. */
export function isWhiteout({ stat }: Pick<TreeNode, 'stat'>): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0n
}

/** All that the directory says, in order. @param written hears of each file that is in the layer now */
export function* upperEntries(
  directory: string,
  written: (node: TreeNode) => void = () => {},
): Generator<LayerEntry, void, undefined> {
  const maker = new EntryMaker()
  for (const node of walkTree(directory)) {
    if (isWhiteout(node)) {
      yield { type: 'whiteout', path: node.path }
      continue
    }
    const entry = maker.entryOf(node)
    written(node)
    if (entry?.type === 'directory') yield { ...entry, opaque: isOpaque(node.location) }
    else if (entry !== undefined) yield entry
  }
}
