/**
 * docker on a dockerd of its own, without networks. What it pushes comes from a docker archive, so the manifests are its own.
 * @module
 */

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutTag } from '../../bases/layout.ts'
import { run } from '../../harness/command.ts'
import { trustEverything } from '../../harness/containers-storage.ts'
import { startDockerDaemon } from '../../harness/docker-daemon.ts'
import { assertEqual } from '../../harness/report.ts'
import { toolPath } from '../../harness/tools.ts'
import { type CreateClient, digestIn } from '../client.ts'
import type { Fixture } from '../fixtures.ts'

export const createDocker: CreateClient = async ({ directory, host, credentials }) => {
  const { env, stop } = await startDockerDaemon(directory)
  const docker = (...args: readonly string[]) => run([toolPath('docker'), ...args], { env })
  if (credentials !== undefined) {
    const { username, password } = credentials
    await run([toolPath('docker'), 'login', '--username', username, '--password-stdin', host], { env, input: password })
  }
  const forget = async () => {
    const ids = (await docker('image', 'ls', '--all', '--quiet', '--no-trunc')).split('\n').filter(Boolean)
    if (ids.length > 0) await docker('image', 'rm', '--force', ...new Set(ids))
  }
  const pushPlatform = async (fixture: Fixture, platform: Platform, reference: string) => {
    const archive = await dockerArchive(directory, fixture, platform)
    const loaded = /Loaded image: (.+)/.exec(await docker('load', '--input', archive))?.[1] ?? ''
    await docker('tag', loaded, reference)
    return digestIn(await docker('push', reference))
  }

  return {
    name: 'docker',
    version: `docker ${await docker('version', '--format', '{{.Server.Version}}')}`,
    exact: false,
    // docker 20.10 unpacks gzip only, and knows no artifacts.
    refusals: { artifact: /unsupported media type/, zstd: /invalid tar header/ },
    async push(fixture, reference) {
      await forget()
      if (fixture.name !== 'index') return pushPlatform(fixture, { architecture: 'amd64' }, reference)
      const children: string[] = []
      for (const platform of indexPlatforms) {
        const child = `${reference}-${platform.architecture}`
        await pushPlatform(fixture, platform, child)
        children.push(child)
      }
      await docker('manifest', 'create', '--insecure', reference, ...children)
      return digestIn(await docker('manifest', 'push', '--insecure', '--purge', reference))
    },
    async pull(reference, fixture) {
      await forget()
      const digest = digestIn(await docker('pull', reference))
      const shown = JSON.parse(await docker('image', 'inspect', reference))[0]
      assertEqual(shown.Id, fixture.configs[0], 'the image ID docker shows')
      assertEqual(digestIn(shown.RepoDigests.join()), digest, 'the digest docker shows')
      return digest
    },
    async close() {
      if (credentials !== undefined) await docker('logout', host)
      await stop()
    },
  }
}

interface Platform {
  readonly architecture: string
  readonly variant?: string
}

const indexPlatforms: readonly Platform[] = [
  { architecture: 'amd64' },
  { architecture: 'arm64' },
  { architecture: 'arm', variant: 'v7' },
]

/** `docker load` of this version reads docker archives only; skopeo makes one of each image once. */
async function dockerArchive(directory: string, fixture: Fixture, platform: Platform): Promise<string> {
  const { architecture, variant } = platform
  const path = join(directory, `${fixture.name}-${architecture}.tar`)
  if (existsSync(path)) return path
  const policy = join(directory, 'policy.json')
  await writeFile(policy, trustEverything)
  const choice = ['--override-arch', architecture, ...(variant === undefined ? [] : ['--override-variant', variant])]
  const from = `oci:${fixture.layout}:${layoutTag}`
  const to = `docker-archive:${path}:loaded/${fixture.name}:${architecture}`
  await run([toolPath('skopeo'), '--policy', policy, ...choice, 'copy', '--quiet', from, to])
  return path
}
