/**
 * Is a file still the same?
 * @module
 */
import { closeSync, constants, openSync, readlinkSync, readSync } from 'node:fs'
import type { TreeNode } from '../tree/walk.ts'
import { layerXattrs } from '../tree/xattrs.ts'

/**
 * True when type, permissions, owner, device, the attributes that a layer carries, or, of anything but a directory, time,
 * size or content differ. What is in a directory is not looked at.
 */
export function isModified(before: TreeNode, after: TreeNode): boolean {
  const [a, b] = [before.stat, after.stat]
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.rdev !== b.rdev) return true
  if (!b.isSymbolicLink() && !haveSameXattrs(before, after)) return true
  if (b.isDirectory()) return false
  if (a.mtimeNs !== b.mtimeNs || a.size !== b.size) return true
  if (b.isSymbolicLink()) return readlinkSync(before.location) !== readlinkSync(after.location)
  // Times can be set to what they were.
  return b.isFile() && !haveSameContent(before.location, after.location)
}

function haveSameXattrs(before: TreeNode, after: TreeNode): boolean {
  const [a, b] = [layerXattrs(before.location), layerXattrs(after.location)]
  if (a === undefined || b === undefined) return a === b
  return a.size === b.size && [...a].every(([name, value]) => b.get(name)?.equals(value) === true)
}

const readSize = 1024 * 1024

function haveSameContent(before: string, after: string): boolean {
  const descriptors = [before, after].map((path) => openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW))
  try {
    const [a = Buffer.alloc(0), b = Buffer.alloc(0)] = descriptors.map(() => Buffer.allocUnsafe(readSize))
    for (;;) {
      const [lengthA = 0, lengthB = 0] = descriptors.map((descriptor, at) => readSync(descriptor, at === 0 ? a : b))
      if (lengthA !== lengthB || !a.subarray(0, lengthA).equals(b.subarray(0, lengthB))) return false
      if (lengthA === 0) return true
    }
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor)
  }
}
