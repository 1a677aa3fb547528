/**
 * Our own command, with a home of its own.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, run } from '../../harness/command.ts'
import { repositoryRoot } from '../../harness/paths.ts'
import { type BuildingEngine, runArguments } from '../engine.ts'

export async function createTsreg(directory: string, host: string): Promise<BuildingEngine> {
  await mkdir(directory)
  const program = join(repositoryRoot, 'tsreg')
  const env = {
    ...process.env,
    TSREG_HOME: join(directory, 'home'),
    TSREG_REGISTRY: host,
    DOCKER_CONFIG: join(directory, 'docker'),
  }
  const tsreg = (...args: readonly string[]) => run([program, ...args], { env })
  return {
    name: 'tsreg',
    version: await tsreg('version'),
    async build(context, reference) {
      await tsreg('build', '--quiet', '--tag', reference, context)
      await tsreg('push', '--quiet', reference)
    },
    async pull(reference) {
      await tsreg('pull', '--quiet', reference)
    },
    run: (request) => attempt([program, ...runArguments(request)], { env, input: request.input }),
    close: async () => {},
  }
}
