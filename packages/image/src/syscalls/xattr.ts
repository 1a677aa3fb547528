/**
 * Extended attributes of files, never of what a symbolic link points to (xattr(7)).
 * @module
 */
import { checked, cString, libc, type SystemPath } from './libc.ts'

/** The kernel's limit for a value, and for all names of a file together (XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const maxBytes = 65_536

/** The value of an attribute. @throws ENODATA when there is none of that name, ENOTSUP where the file system has none */
export function lgetxattr(path: SystemPath, name: SystemPath): Buffer {
  const value = Buffer.allocUnsafeSlow(maxBytes)
  const size = libc().lgetxattr(cString(path), cString(name), value, BigInt(maxBytes))
  return Buffer.from(value.subarray(0, Number(checked(size, 'lgetxattr', path))))
}

/** The names of all attributes that the caller may see, in the kernel's order. @throws ENOTSUP where there are none */
export function llistxattr(path: SystemPath): string[] {
  const names = Buffer.allocUnsafeSlow(maxBytes)
  const size = Number(checked(libc().llistxattr(cString(path), names, BigInt(maxBytes)), 'llistxattr', path))
  return size === 0
    ? []
    : names
        .subarray(0, size - 1)
        .toString()
        .split('\0')
}

/** Sets an attribute, new or not. @throws EPERM, ENOTSUP, ENOSPC */
export function lsetxattr(path: SystemPath, name: SystemPath, value: Uint8Array): void {
  const size = BigInt(value.byteLength)
  checked(libc().lsetxattr(cString(path), cString(name), Buffer.from(value), size, 0), 'lsetxattr', path)
}

/** Sets an attribute of an open file. @throws EPERM, ENOTSUP, ENOSPC, EBADF for a descriptor opened with O_PATH */
export function fsetxattr(fd: number, name: SystemPath, value: Uint8Array): void {
  const size = BigInt(value.byteLength)
  checked(libc().fsetxattr(fd, cString(name), Buffer.from(value), size, 0), 'fsetxattr', name)
}

/** @throws ENODATA when there is none of that name */
export function lremovexattr(path: SystemPath, name: SystemPath): void {
  checked(libc().lremovexattr(cString(path), cString(name)), 'lremovexattr', path)
}
