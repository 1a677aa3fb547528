/**
 * The root directory of layers that say nothing of it: it is as the layers below have it, and below all as every machine
 * makes it. Overlayfs shows the root of the topmost layer.
 * @module
 */
import { chmodSync, lstatSync } from 'node:fs'
import { lutimens } from '../syscalls/index.ts'
import { copyAttributes } from './copy-attributes.ts'

/**
 * Gives a root directory owner, mode, attributes and times of another one.
 * @param below undefined for the lowest layer
 * @returns false when there is no such directory (any more)
 */
export function inheritRoot(root: string, below: string | undefined): boolean {
  if (below === undefined) {
    chmodSync(root, 0o755)
    lutimens(root, { atimeNs: 0n, mtimeNs: 0n })
    return true
  }
  const stat = lstatSync(below, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return false
  copyAttributes({ location: below, stat }, root)
  lutimens(root, stat)
  return true
}
