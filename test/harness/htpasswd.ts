/**
 * Users of the registry under test.
 * @module
 */

import { writeFile } from 'node:fs/promises'
import { run } from './command.ts'
import { toolPath } from './tools.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Writes an htpasswd file with one bcrypt line per user, and returns its path. Cost 5: the suites log in thousands of times. */
export async function writeHtpasswd(path: string, users: readonly Credentials[]): Promise<string> {
  const lines = await Promise.all(
    users.map(({ username, password }) =>
      run([toolPath('htpasswd'), '-niB', '-C', '5', username], { input: password }),
    ),
  )
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 })
  return path
}
