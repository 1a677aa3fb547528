/**
 * A credential helper for tests: a shell script in a directory of its own, and the environment that finds it.
 * @module
 */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Writes `docker-credential-<suffix>` into the directory. `$1` is the action; stdin is its input. */
export async function fakeHelper(directory: string, suffix: string, script: string): Promise<NodeJS.ProcessEnv> {
  const path = join(directory, `docker-credential-${suffix}`)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return { PATH: `${directory}:${process.env.PATH ?? ''}` }
}
