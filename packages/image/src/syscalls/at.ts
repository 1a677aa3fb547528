/**
 * Calls on a name in an open directory (openat(2) and its kin): whatever happens to the paths meanwhile, they act in that
 * directory and nowhere else, and none of them follows a symbolic link in the name.
 *
 * Names are byte strings, one character per byte (`latin1`), without a NUL or a slash. Results are the kernel's: a
 * negative error number where the call failed, so that what is expected to fail costs no exception.
 * @module
 */
import { constants } from 'node:fs'
import { errno, libc, noFollow, systemError } from './libc.ts'

/** Error numbers that callers tell apart. */
export const errors = {
  EPERM: 1,
  ENOENT: 2,
  EEXIST: 17,
  ENOTDIR: 20,
  EINVAL: 22,
  ENAMETOOLONG: 36,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EOPNOTSUPP: 95,
} as const

/** `O_PATH`: names a file or directory without opening its content. */
export const openPath = 0o10000000
const closeOnExec = 0o2000000

const capacity = 65_536 + 8
// Slow: not from the pool, so that the address stays the same.
const nameBytes = Buffer.allocUnsafeSlow(capacity)
const otherBytes = Buffer.allocUnsafeSlow(capacity)
let addresses: { readonly name: bigint; readonly other: bigint } | undefined

function pointers(): { readonly name: bigint; readonly other: bigint } {
  if (addresses === undefined) {
    const { getRawPointer } = process.getBuiltinModule('node:ffi')
    addresses = { name: getRawPointer(nameBytes), other: getRawPointer(otherBytes) }
  }
  return addresses
}

function nameOf(text: string): bigint {
  nameBytes[nameBytes.write(text, 0, capacity - 1, 'latin1')] = 0
  return pointers().name
}

function otherOf(text: string): bigint {
  otherBytes[otherBytes.write(text, 0, capacity - 1, 'latin1')] = 0
  return pointers().other
}

function orErrno(result: number): number {
  return result >= 0 ? result : -errno()
}

/** @returns a descriptor for {@link closeFd}: Node warns when it closes one that it did not open */
export function openAt(directory: number, name: string, flags: number, mode = 0): number {
  return orErrno(libc().openat(directory, nameOf(name), flags | constants.O_NOFOLLOW | closeOnExec, mode))
}

/** The directory as a place for further calls: it needs no permission to read it. */
export function openDirectoryAt(directory: number, name: string): number {
  return openAt(directory, name, openPath | constants.O_DIRECTORY)
}

export function closeFd(fd: number): void {
  libc().close(fd)
}

export function mkdirAt(directory: number, name: string, mode: number): number {
  return orErrno(libc().mkdirat(directory, nameOf(name), mode))
}

/** @param mode with the type, for example `constants.S_IFIFO | 0o600` */
export function mknodAt(directory: number, name: string, mode: number, device: bigint): number {
  return orErrno(libc().mknodat(directory, nameOf(name), mode, device))
}

export function symlinkAt(target: string, directory: number, name: string): number {
  return orErrno(libc().symlinkat(otherOf(target), directory, nameOf(name)))
}

/** A symbolic link is linked itself. */
export function linkAt(from: number, name: string, to: number, newName: string): number {
  return orErrno(libc().linkat(from, nameOf(name), to, otherOf(newName), 0))
}

/** @param isDirectory removes an empty directory instead of anything else */
export function unlinkAt(directory: number, name: string, isDirectory = false): number {
  return orErrno(libc().unlinkat(directory, nameOf(name), isDirectory ? 0x200 : 0))
}

/** The target of a symbolic link as a byte string, or the negative error number: EINVAL for what is none. */
export function readlinkAt(directory: number, name: string): string | number {
  const size = Number(libc().readlinkat(directory, nameOf(name), pointers().other, BigInt(capacity)))
  return size < 0 ? -errno() : otherBytes.toString('latin1', 0, size)
}

export function chownAt(directory: number, name: string, uid: number, gid: number): number {
  return orErrno(libc().fchownat(directory, nameOf(name), uid, gid, noFollow))
}

/** EOPNOTSUPP for a symbolic link, which has no mode. */
export function chmodAt(directory: number, name: string, mode: number): number {
  return orErrno(libc().fchmodat(directory, nameOf(name), mode, noFollow))
}

/** @param times as {@link timespecs} makes them */
export function utimensAt(directory: number, name: string, times: Buffer): number {
  return orErrno(libc().utimensat(directory, nameOf(name), times, noFollow))
}

export function chownFd(fd: number, uid: number, gid: number): number {
  return orErrno(libc().fchown(fd, uid, gid))
}

export function chmodFd(fd: number, mode: number): number {
  return orErrno(libc().fchmod(fd, mode))
}

export function utimensFd(fd: number, times: Buffer): number {
  return orErrno(libc().futimens(fd, times))
}

/** The path of a name in an open directory, for calls that take only paths: it leads nowhere else. */
export function pathAt(directory: number, name: string): Buffer {
  return Buffer.from(`/proc/self/fd/${directory}/${name}`, 'latin1')
}

/** The result, unless it is a negative error number. @throws an error of the form of Node's */
export function must(result: number, syscall: string, about: string): number {
  if (result >= 0) return result
  throw systemError(-result, syscall, Buffer.from(about, 'latin1'))
}
