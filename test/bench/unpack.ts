/**
 * Pull of an image and its layers unpacked, ready to be run: tsreg beside docker and podman, each with a storage of its own in
 * one file system. Whole commands, wall seconds; what the daemon does counts because the command waits for it.
 * @module
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../harness/command.ts'
import { prepareContainersStorage } from '../harness/containers-storage.ts'
import { startDockerDaemon } from '../harness/docker-daemon.ts'
import { toolPath } from '../harness/tools.ts'
import { timed } from './client.ts'
import { makeLayers, pushLayers } from './layer-files.ts'
import { bestOf, type Row, timedRow } from './row.ts'
import { type StartOptions, startServer } from './servers.ts'

export const unpackLine = 'pull and unpack'

export interface UnpackOptions {
  readonly start: Omit<StartOptions, 'logs'>
  readonly rounds: number
  /** Of each of the four layers. */
  readonly layerFiles: number
}

/** Pulls the image into an empty storage and returns the seconds; what it left is removed outside of the time. */
type Puller = (reference: string) => Promise<number>

export async function unpackRows({ start, rounds, layerFiles }: UnpackOptions): Promise<readonly Row[]> {
  const server = await startServer('tsreg', { ...start, logs: false })
  const docker = await dockerPuller(join(start.root, 'unpack-docker'))
  try {
    const reference = await pushLayers(server, await makeLayers(join(start.root, 'unpack-files'), layerFiles))
    const pullers = { tsreg: tsregPuller(start), docker: docker.pull, podman: await podmanPuller(start.root) }
    const seconds: Record<keyof typeof pullers, number[]> = { tsreg: [], docker: [], podman: [] }
    const names = ['tsreg', 'docker', 'podman'] as const
    for (const name of names) await pullers[name](reference)
    for (let round = 0; round < rounds; round++) {
      for (const name of [...names, ...names.toReversed()]) seconds[name].push(await pullers[name](reference))
    }
    const ours = seconds.tsreg
    return [
      timedRow({ name: unpackLine, ours, peerName: 'docker pull', peer: seconds.docker, goal: 0.8 }),
      timedRow({ name: unpackLine, ours, peerName: 'podman pull', peer: seconds.podman, goal: 0.8 }),
      timedRow({ name: unpackLine, ours, peerName: 'best of both', peer: bestOf(seconds.docker, seconds.podman) }),
    ]
  } finally {
    await docker.stop()
    await server.stop()
    rmSync(server.directory, { recursive: true, force: true })
  }
}

function tsregPuller({ root, checkout }: Omit<StartOptions, 'logs'>): Puller {
  const home = join(root, 'unpack-tsreg')
  return async (reference) => {
    const command = [join(checkout, 'tsreg'), 'pull', '--quiet', '--unpack', reference]
    const { wallSeconds } = await timed(command, { TSREG_HOME: home })
    rmSync(home, { recursive: true, force: true })
    return wallSeconds
  }
}

async function dockerPuller(directory: string): Promise<{ readonly pull: Puller; readonly stop: () => Promise<void> }> {
  const { program, env, stop } = await startDockerDaemon(directory)
  const words = { DOCKER_HOST: env.DOCKER_HOST ?? '', DOCKER_CONFIG: env.DOCKER_CONFIG ?? '' }
  return {
    stop,
    async pull(reference) {
      const { wallSeconds } = await timed([program, 'pull', '--quiet', reference], words)
      await run([program, 'rmi', '--force', reference], { env })
      return wallSeconds
    },
  }
}

async function podmanPuller(root: string): Promise<Puller> {
  const directory = join(root, 'unpack-podman')
  const { env, policy } = await prepareContainersStorage(directory)
  const global = [
    toolPath('podman'),
    '--tmpdir',
    join(directory, 'tmp'),
    '--cgroup-manager',
    'cgroupfs',
    '--events-backend',
    'none',
  ]
  const words = {
    CONTAINERS_REGISTRIES_CONF: env.CONTAINERS_REGISTRIES_CONF ?? '',
    CONTAINERS_STORAGE_CONF: env.CONTAINERS_STORAGE_CONF ?? '',
  }
  return async (reference) => {
    const pull = ['pull', '--quiet', '--tls-verify=false', '--signature-policy', policy, `docker://${reference}`]
    const { wallSeconds } = await timed([...global, ...pull], words)
    await run([...global, 'rmi', '--all', '--force'], { env })
    return wallSeconds
  }
}
