/**
 * podman and buildah: both keep images unpacked in a local storage, and push from there. Their commands differ in details
 * only, so one description serves both.
 * @module
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutTag } from '../../bases/layout.ts'
import { attempt, run } from '../../harness/command.ts'
import { prepareContainersStorage } from '../../harness/containers-storage.ts'
import { assertEqual } from '../../harness/report.ts'
import { toolPath } from '../../harness/tools.ts'
import { type Client, type ClientContext, digestIn } from '../client.ts'

export interface Engine {
  readonly name: 'podman' | 'buildah'
  /** Arguments before the verb. */
  readonly global: (directory: string) => readonly string[]
  /** Whether `manifest push` takes a signature policy; podman 4.3 does not. */
  readonly manifestPolicy: boolean
  /** Arguments that print the digest of a local image. */
  readonly inspectDigest: readonly string[]
  /** The verb that prints tags; undefined when there is none. */
  readonly listTags?: readonly string[]
}

/** A client with an own storage under `context.directory`. */
export async function createStorageClient(engine: Engine, context: ClientContext): Promise<Client> {
  const { directory, host, credentials } = context
  const { env, policy, authfile } = await prepareContainersStorage(directory)
  const digestfile = join(directory, 'digest')
  const command = (args: readonly string[]) => [toolPath(engine.name), ...engine.global(directory), ...args]
  const call = (...args: readonly string[]) => run(command(args), { env })
  const remote = ['--tls-verify=false', '--authfile', authfile]
  const trust = ['--signature-policy', policy]
  if (credentials !== undefined) {
    const { username, password } = credentials
    await run(command(['login', ...remote, '--username', username, '--password-stdin', host]), { env, input: password })
  }
  const forget = () => attempt(command(['rmi', '--all', '--force']), { env })

  const { listTags } = engine
  return {
    name: engine.name,
    version: await run([toolPath(engine.name), '--version']),
    exact: false,
    refusals: { artifact: /artifact|unsupported/ },
    async push(fixture, reference) {
      await forget()
      const from = `oci:${fixture.layout}:${layoutTag}`
      const to = ['--quiet', ...remote, '--digestfile', digestfile]
      if (fixture.name === 'index') {
        await call('manifest', 'create', 'list')
        await call('manifest', 'add', '--all', 'list', from)
        const options = [...to, ...(engine.manifestPolicy ? trust : [])]
        await call('manifest', 'push', '--all', ...options, 'list', `docker://${reference}`)
      } else {
        const id = await call('pull', '--quiet', ...trust, from)
        await call('push', ...to, ...trust, id, `docker://${reference}`)
      }
      return digestIn(await readFile(digestfile, 'utf8'))
    },
    async pull(reference, fixture) {
      await forget()
      const id = await call('pull', '--quiet', ...remote, ...trust, `docker://${reference}`)
      assertEqual(`sha256:${id}`, fixture.configs[0], `the image ID ${engine.name} shows`)
      return digestIn(await call(...engine.inspectDigest, reference))
    },
    ...(listTags === undefined
      ? {}
      : {
          list: async (repository) =>
            (await call(...listTags, ...remote, repository)).split('\n').map((line) => line.split(/\s+/)[1] ?? ''),
        }),
    async close() {
      await forget()
      if (credentials !== undefined) await call('logout', '--authfile', authfile, host)
    },
  }
}
