/**
 * Our own client, with a home of its own.
 * @module
 */

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutTag } from '../../bases/layout.ts'
import { run } from '../../harness/command.ts'
import { repositoryRoot } from '../../harness/paths.ts'
import { assertEqual } from '../../harness/report.ts'
import { type CreateClient, digestIn } from '../client.ts'
import { readContent } from '../content.ts'

export const createTsreg: CreateClient = async ({ directory, host, credentials }) => {
  await mkdir(directory, { recursive: true })
  const home = join(directory, 'home')
  const env = { ...process.env, TSREG_HOME: home, DOCKER_CONFIG: join(directory, 'docker') }
  const program = join(repositoryRoot, 'tsreg')
  const tsreg = (...args: readonly string[]) => run([program, ...args], { env })
  if (credentials !== undefined) {
    const { username, password } = credentials
    await run([program, 'login', '--username', username, '--password-stdin', host], { env, input: password })
  }
  return {
    name: 'tsreg',
    version: await tsreg('version'),
    exact: true,
    refusals: {},
    push: async (fixture, reference) => digestIn(await tsreg('push', `oci:${fixture.layout}:${layoutTag}`, reference)),
    async pull(reference) {
      await rm(home, { recursive: true, force: true })
      const digest = digestIn(await tsreg('pull', '--all-platforms', reference))
      const stored = await readContent(join(home, 'images'))
      assertEqual(stored.digest, digest, 'the digest of what lies in the local store')
      return digest
    },
    list: async (repository) => (await tsreg('tags', repository)).split('\n'),
    async delete(reference) {
      await tsreg('delete', reference)
    },
    async close() {
      if (credentials !== undefined) await tsreg('logout', host)
    },
  }
}
