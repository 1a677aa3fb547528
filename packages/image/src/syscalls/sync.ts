/**
 * Making a whole tree durable in one call (syncfs(2)), instead of one fsync per file.
 * @module
 */
import { closeSync, openSync } from 'node:fs'
import { checked, libc } from './libc.ts'

/** Waits until everything written to the file system that holds `path` is on the disk. @throws ENOENT, EIO, ENOSPC */
export function syncfs(path: string): void {
  const fd = openSync(path, 'r')
  try {
    checked(libc().syncfs(fd), 'syncfs', path)
  } finally {
    closeSync(fd)
  }
}
