/**
 * Where things are: the repository, and the directories that outlive or do not outlive a run.
 * @module
 */

import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/** The root of this repository. */
export const repositoryRoot = join(import.meta.dirname, '..', '..')

/** What is made once per machine: `$TSREG_TEST_CACHE`, or `tsreg-test` in the user's cache directory. Created here. */
export async function cacheDirectory(): Promise<string> {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const directory = process.env.TSREG_TEST_CACHE ?? join(base, 'tsreg-test')
  await mkdir(directory, { recursive: true })
  return directory
}

/**
 * A fresh directory for one run, under `$TMPDIR`: short, because a Unix socket's path holds 107 bytes, and in lower case,
 * because podman makes repository names of paths.
 */
export async function makeWorkDirectory(): Promise<string> {
  const directory = join(tmpdir(), `tsreg-${randomBytes(4).toString('hex')}`)
  await mkdir(directory, { mode: 0o700 })
  return directory
}
