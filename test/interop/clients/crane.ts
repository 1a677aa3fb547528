/**
 * crane: pushes an OCI layout and pulls into one.
 * @module
 */

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../harness/command.ts'
import { toolPath } from '../../harness/tools.ts'
import { type CreateClient, digestIn } from '../client.ts'
import { readContent } from '../content.ts'

export const createCrane: CreateClient = async ({ directory, host, credentials }) => {
  await mkdir(directory, { recursive: true })
  const pulled = join(directory, 'pulled')
  const env = { ...process.env, DOCKER_CONFIG: directory }
  const crane = (...args: readonly string[]) => run([toolPath('crane'), ...args], { env })
  if (credentials !== undefined) {
    const { username, password } = credentials
    const login = ['auth', 'login', '--username', username, '--password-stdin', host]
    await run([toolPath('crane'), ...login], { env, input: password })
  }
  return {
    name: 'crane',
    version: `crane ${await crane('version')}`,
    exact: true,
    refusals: {},
    push: async (fixture, reference) => digestIn(await crane('push', fixture.layout, reference)),
    async pull(reference) {
      await rm(pulled, { recursive: true, force: true })
      await crane('pull', '--format', 'oci', reference, pulled)
      return (await readContent(pulled)).digest
    },
    list: async (repository) => (await crane('ls', repository)).split('\n'),
    async delete(reference) {
      await crane('delete', reference)
    },
    async close() {
      if (credentials !== undefined) await crane('auth', 'logout', host)
    },
  }
}
