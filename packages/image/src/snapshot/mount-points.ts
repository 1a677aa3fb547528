/**
 * The files that the mounts of every container cover. They lie in a layer of their own between the image and the writable
 * layer, so that no diff and no image has them.
 * @module
 */
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lutimens } from '../syscalls/index.ts'
import type { TreeNode } from '../tree/walk.ts'
import type { MergedTree } from './merged.ts'

const directories = ['proc', 'sys', 'dev', 'dev/pts', 'dev/shm']
const files = ['dev/console', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf']
const links = { 'etc/mtab': '/proc/mounts' }

/** Makes those that the tree has not. @param root an empty directory, which is to lie above the tree */
export function makeMountPoints(root: string, below: MergedTree): void {
  const made = new Set<string>()
  const add = (path: string, make: (location: string) => void) => {
    if (below.lookup(path) !== undefined || !makeParents(path)) return
    make(join(root, path))
    made.add(path)
  }
  /** False where the image has something else of that name: a mount will fail there, and say so. */
  const makeParents = (path: string): boolean => {
    const parent = dirname(path)
    if (parent === '.' || made.has(parent)) return true
    const found = below.lookup(parent)
    if ((found !== undefined && !found.stat.isDirectory()) || !makeParents(parent)) return false
    mkdirSync(join(root, parent), { mode: 0o755, recursive: true })
    made.add(parent)
    return true
  }
  for (const path of directories) add(path, (location) => mkdirSync(location, { mode: 0o755, recursive: true }))
  for (const path of files) add(path, (location) => writeFileSync(location, '', { mode: 0o644 }))
  for (const [path, target] of Object.entries(links)) add(path, (location) => symlinkSync(target, location))
  // At the end, since what is made in a directory changes its time.
  for (const path of [...made].reverse()) wearAttributes(join(root, path), below.lookup(path))
}

/** A directory that stands for one below it has that one's owner, mode and times; what is new is as old as can be. */
function wearAttributes(location: string, found: TreeNode | undefined): void {
  if (found === undefined) {
    lutimens(location, { atimeNs: 0n, mtimeNs: 0n })
    return
  }
  chownSync(location, Number(found.stat.uid), Number(found.stat.gid))
  chmodSync(location, Number(found.stat.mode) & 0o7777)
  lutimens(location, found.stat)
}
