/**
 * Directories for tests of what stores in them.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'

/** Registers the clean-up at the top of a test file; the returned function makes a new, empty directory. */
export function temporaryDirectories(): () => Promise<string> {
  const made: string[] = []
  afterAll(async () => {
    for (const directory of made) await rm(directory, { recursive: true, force: true })
  })
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tsreg-storage-'))
    made.push(directory)
    return directory
  }
}
