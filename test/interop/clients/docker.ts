/**
 * docker on a dockerd of its own, without networks. What it pushes comes from a docker archive, so the manifests are its own.
 * @module
 */

import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, startChild } from '../../harness/children.ts'
import { attempt, run } from '../../harness/command.ts'
import { assertEqual } from '../../harness/report.ts'
import { toolPath } from '../../harness/tools.ts'
import { type CreateClient, digestIn, trustEverything } from '../client.ts'
import { type Fixture, layoutTag } from '../fixtures.ts'

export const createDocker: CreateClient = async ({ directory, host, credentials }) => {
  await mkdir(directory, { recursive: true })
  const socket = `unix://${join(directory, 'd.sock')}`
  // Not the machine's /etc/docker/daemon.json.
  await writeFile(join(directory, 'daemon.json'), '{}')
  const daemon = startDaemon(directory, socket)
  const env = { ...process.env, DOCKER_HOST: socket, DOCKER_CONFIG: join(directory, 'config') }
  const docker = (...args: readonly string[]) => run([toolPath('docker'), ...args], { env })
  for (let tries = 0; (await attempt([toolPath('docker'), 'version'], { env })).status !== 0; tries++) {
    if (tries > 200 || !daemon.isRunning()) throw new Error(`dockerd did not start\n${await endOfLog(daemon)}`)
    await sleep(100)
  }
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
      await daemon.end('SIGTERM', 20_000)
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

function startDaemon(directory: string, socket: string): Child {
  return startChild(
    [
      ...[toolPath('dockerd'), '--host', socket, '--pidfile', join(directory, 'd.pid')],
      ...['--data-root', join(directory, 'root'), '--exec-root', join(directory, 'exec')],
      ...['--config-file', join(directory, 'daemon.json')],
      ...['--iptables=false', '--ip6tables=false', '--bridge=none'],
    ],
    { log: join(directory, 'dockerd.log') },
  )
}

async function endOfLog(daemon: Child): Promise<string> {
  return (await readFile(daemon.log, 'utf8')).split('\n').slice(-10).join('\n')
}
