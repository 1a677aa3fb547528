/**
 * Removing what is in the way, or what a whiteout hides, by descriptors alone: links are removed and not followed.
 * @module
 */
import { readdirSync } from 'node:fs'
import { closeFd, errors, must, openDirectoryAt, unlinkAt } from '../../syscalls/index.ts'

/** Removes a file, or a directory with all that is in it. Returns what it was; undefined when there was nothing. */
export function removeAt(directory: number, name: string): 'directory' | 'file' | undefined {
  const result = unlinkAt(directory, name)
  if (result >= 0) return 'file'
  if (result === -errors.ENOENT) return undefined
  const fd = openDirectoryAt(directory, name)
  if (fd === -errors.ENOTDIR) must(result, 'unlinkat', name)
  must(fd, 'openat', name)
  try {
    for (const child of namesIn(fd)) removeAt(fd, child)
  } finally {
    closeFd(fd)
  }
  must(unlinkAt(directory, name, true), 'unlinkat', name)
  return 'directory'
}

/** The names in an open directory, as byte strings. */
export function namesIn(fd: number): string[] {
  return readdirSync(`/proc/self/fd/${fd}`, { encoding: 'latin1' })
}
