/**
 * Telling ext4 that the directories in a directory have nothing to do with each other (`chattr +T`).
 * @module
 */
import { closeSync, openSync } from 'node:fs'
import { isImageError } from '../errors.ts'
import { libc } from './libc.ts'

/** As Linux encodes them on all but a few old architectures, where the kernel refuses them. */
const getFlags = 0x80086601n
const setFlags = 0x40086602n
/** `FS_TOPDIR_FL`. */
const topDirectory = 0x00020000

/**
 * From now on the file system places each new directory in this one, with all that comes into it, in a part of the disk of its
 * own. Otherwise it puts them side by side, and for minutes after many files were deleted there looks at the place of every
 * one of them whenever it makes a file. A hint: it is not inherited, and is ignored by file systems that have none of the kind.
 * @returns false where it was not taken
 */
export function placeApart(path: string): boolean {
  const fd = openSync(path, 'r')
  try {
    return addFlag(fd, topDirectory)
  } catch (error) {
    if (!isImageError(error, 'SYSCALL_UNAVAILABLE')) throw error
    return false
  } finally {
    closeSync(fd)
  }
}

function addFlag(fd: number, flag: number): boolean {
  const { ioctl } = libc()
  const flags = Buffer.alloc(8)
  if (ioctl(fd, getFlags, flags) !== 0) return false
  flags.writeInt32LE(flags.readInt32LE() | flag)
  return ioctl(fd, setFlags, flags) === 0
}
