/**
 * skopeo: copies from an OCI layout and into its own directory format, which keeps manifests of every kind as they are.
 * @module
 */

import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutTag } from '../../bases/layout.ts'
import { run } from '../../harness/command.ts'
import { trustEverything } from '../../harness/containers-storage.ts'
import { toolPath } from '../../harness/tools.ts'
import { type CreateClient, digestIn } from '../client.ts'

export const createSkopeo: CreateClient = async ({ directory, host, credentials }) => {
  await mkdir(directory, { recursive: true })
  const policy = join(directory, 'policy.json')
  await writeFile(policy, trustEverything)
  const authfile = join(directory, 'auth.json')
  const pulled = join(directory, 'pulled')
  const digestfile = join(directory, 'digest')
  const skopeo = (...args: readonly string[]) => run([toolPath('skopeo'), '--policy', policy, ...args])
  const copy = ['copy', '--quiet', '--all', '--preserve-digests', '--authfile', authfile]
  if (credentials === undefined) await writeFile(authfile, '{}')
  else {
    const { username, password } = credentials
    const login = [
      'login',
      '--authfile',
      authfile,
      '--tls-verify=false',
      '--username',
      username,
      '--password-stdin',
      host,
    ]
    await run([toolPath('skopeo'), ...login], { input: password })
  }
  return {
    name: 'skopeo',
    version: await skopeo('--version'),
    exact: true,
    refusals: {},
    async push(fixture, reference) {
      const from = `oci:${fixture.layout}:${layoutTag}`
      await skopeo(...copy, '--digestfile', digestfile, '--dest-tls-verify=false', from, `docker://${reference}`)
      return digestIn(await readFile(digestfile, 'utf8'))
    },
    async pull(reference) {
      await rm(pulled, { recursive: true, force: true })
      await skopeo(...copy, '--src-tls-verify=false', `docker://${reference}`, `dir:${pulled}`)
      const manifest = await readFile(join(pulled, 'manifest.json'))
      return `sha256:${createHash('sha256').update(manifest).digest('hex')}`
    },
    async list(repository) {
      const output = await skopeo('list-tags', '--authfile', authfile, '--tls-verify=false', `docker://${repository}`)
      return JSON.parse(output).Tags
    },
    async delete(reference) {
      await skopeo('delete', '--authfile', authfile, '--tls-verify=false', `docker://${reference}`)
    },
    async close() {
      if (credentials !== undefined) await skopeo('logout', '--authfile', authfile, host)
    },
  }
}
