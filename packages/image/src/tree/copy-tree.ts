/**
 * A full copy of a tree: types, content, links between its files, owners, modes, times to the nanosecond and attributes.
 * @module
 */
import { constants, copyFileSync, linkSync, lstatSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { writeError } from '../files/system-error.ts'
import { deviceOf, lutimens, mknod } from '../syscalls/index.ts'
import { copyAttributes } from './copy-attributes.ts'
import { type TreeNode, walkTree } from './walk.ts'

/**
 * Copies what is in a directory into another one. Directories that are there get the attributes of those that are copied;
 * of other files there must be none. Where the file system can, content is shared until it is changed.
 * @throws STORAGE_FULL, errors of the system, the reason of the signal
 */
export async function copyTree(
  from: string,
  to: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const names = new Map<bigint, string>()
  const directories: TreeNode[] = []
  let count = 0
  for (const node of walkTree(from)) {
    const target = join(to, node.path)
    try {
      if (node.stat.isDirectory()) directories.push({ ...node, location: target })
      copyNode(node, target, names)
    } catch (error) {
      throw writeError(error, target)
    }
    if (++count % 200 === 0) await turn()
    signal?.throwIfAborted()
  }
  // At the end: each file that is made in a directory changes its time.
  for (const { location, stat } of directories.reverse()) lutimens(location, stat)
}

function copyNode(node: TreeNode, target: string, names: Map<bigint, string>): void {
  const { location, stat } = node
  const earlier = stat.nlink > 1n && !stat.isDirectory() ? names.get(stat.ino) : undefined
  if (earlier !== undefined) {
    linkSync(earlier, target)
    return
  }
  if (stat.nlink > 1n) names.set(stat.ino, target)
  if (stat.isDirectory()) {
    if (lstatSync(target, { throwIfNoEntry: false }) === undefined) mkdirSync(target)
  } else if (stat.isSymbolicLink()) symlinkSync(readlinkSync(location), target)
  else if (stat.isFile()) copyFileSync(location, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  else mknod(target, Number(stat.mode), deviceOf(stat.rdev))
  copyAttributes(node, target)
  if (!stat.isDirectory()) lutimens(target, stat)
}
