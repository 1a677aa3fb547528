/**
 * Our own client, with a home of its own.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../harness/command.ts'
import { repositoryRoot } from '../../harness/paths.ts'
import { type CreateClient, digestIn } from '../client.ts'
import { layoutTag } from '../fixtures.ts'

export const createTsreg: CreateClient = async ({ directory, host, credentials }) => {
  await mkdir(directory, { recursive: true })
  const env = { ...process.env, TSREG_HOME: join(directory, 'home'), DOCKER_CONFIG: join(directory, 'docker') }
  const program = join(repositoryRoot, 'tsreg')
  const tsreg = (...args: readonly string[]) => run([program, ...args], { env })
  if (credentials !== undefined) {
    const { username, password } = credentials
    await run([program, 'login', '--username', username, '--password-stdin', host], { env, input: password })
  }
  return {
    name: 'tsreg',
    version: `tsreg ${await tsreg('version')}`,
    exact: true,
    refusals: {},
    push: async (fixture, reference) => digestIn(await tsreg('push', `oci:${fixture.layout}:${layoutTag}`, reference)),
    pull: async (reference) => digestIn(await tsreg('pull', reference)),
    list: async (repository) => (await tsreg('tags', repository)).split('\n'),
    async delete(reference) {
      await tsreg('delete', reference)
    },
    async close() {
      if (credentials !== undefined) await tsreg('logout', host)
    },
  }
}
