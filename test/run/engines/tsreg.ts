/**
 * Our own command, with a home of its own.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, run } from '../../harness/command.ts'
import { repositoryRoot } from '../../harness/paths.ts'
import type { Engine } from '../engine.ts'

/** @param host of the registry that has the image */
export async function createTsreg(directory: string, host: string): Promise<Engine> {
  await mkdir(directory)
  const program = join(repositoryRoot, 'tsreg')
  const home = join(directory, 'home')
  const env = {
    ...process.env,
    TSREG_HOME: home,
    TSREG_REGISTRY: host,
    DOCKER_CONFIG: join(directory, 'docker'),
  }
  await run([program, 'pull', '--quiet', 'busybox'], { env })
  return {
    name: 'tsreg',
    home,
    program,
    env,
    version: await run([program, 'version'], { env }),
    attempt: (words, options) => attempt([program, ...words], { ...options, env: { ...env, ...options?.env } }),
    close: async () => {},
  }
}
