/**
 * Owner, mode and extended attributes of a file, as another one has them.
 * @module
 */
import { chmodSync, lchownSync } from 'node:fs'
import { lgetxattr, lsetxattr } from '../syscalls/index.ts'
import type { TreeNode } from './walk.ts'
import { xattrNames } from './xattrs.ts'

/** Marks of overlayfs are not copied. Times are the caller's, who may not be done with a directory. */
export function copyAttributes({ location, stat }: Omit<TreeNode, 'path'>, target: string): void {
  lchownSync(target, Number(stat.uid), Number(stat.gid))
  if (stat.isSymbolicLink()) return
  // After the owner, which takes setuid and file capabilities away.
  chmodSync(target, Number(stat.mode) & 0o7777)
  for (const name of xattrNames(location)) {
    if (!name.startsWith('trusted.overlay.')) lsetxattr(target, name, lgetxattr(location, name))
  }
}
