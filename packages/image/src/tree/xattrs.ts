/**
 * The extended attributes of a file that layers carry, and the marks of overlayfs.
 * @module
 */
import { hasSystemCode } from '../files/system-error.ts'
import { isLayerXattr } from '../layer/write/entry.ts'
import { lgetxattr, llistxattr } from '../syscalls/index.ts'

/** By their names, in the order of these; undefined when there are none. */
export function layerXattrs(location: string): ReadonlyMap<string, Buffer> | undefined {
  const names = xattrNames(location).filter(isLayerXattr)
  if (names.length === 0) return undefined
  return new Map(names.sort().map((name) => [name, lgetxattr(location, name)]))
}

/** True for a directory that hides what the layers below have in it. */
export function isOpaque(location: string): boolean {
  try {
    return lgetxattr(location, 'trusted.overlay.opaque').toString('latin1') === 'y'
  } catch (error) {
    if (hasSystemCode(error, 'ENODATA', 'ENOTSUP', 'EOPNOTSUPP', 'ENOENT')) return false
    throw error
  }
}

/** None where the file system has none. */
export function xattrNames(location: string): string[] {
  try {
    return llistxattr(location)
  } catch (error) {
    if (hasSystemCode(error, 'ENOTSUP', 'EOPNOTSUPP')) return []
    throw error
  }
}
