/**
 * Taking directories away: first by a rename, so that they are gone at once and whole, then file by file.
 * @module
 */
import { mkdirSync, renameSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hasSystemCode } from '../files/system-error.ts'
import type { SnapshotPaths } from './paths.ts'

/** False when there is no such directory. What it held is deleted by {@link deleteRemoved}. */
export async function setAside(paths: SnapshotPaths, directory: string): Promise<boolean> {
  mkdirSync(paths.removed, { recursive: true })
  try {
    renameSync(directory, paths.removal())
    return true
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return false
    throw error
  }
}

/** Also what a killed process has set aside. */
export async function deleteRemoved(paths: SnapshotPaths): Promise<void> {
  for (const name of await namesIn(paths.removed)) {
    // Another process may be deleting the same.
    await rm(join(paths.removed, name), { recursive: true, force: true, maxRetries: 3 })
  }
}

/** None when there is no such directory. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort()
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return []
    throw error
  }
}
