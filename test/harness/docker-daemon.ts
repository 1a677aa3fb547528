/**
 * A dockerd of the run's own: its data, its socket and its containers lie in one directory, and it has no networks.
 * @module
 */

import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, startChild } from './children.ts'
import { attempt } from './command.ts'
import { toolPath } from './tools.ts'

export interface DockerDaemon {
  /** Where it keeps images: its `--data-root`. */
  readonly root: string
  /** The docker command, as the daemon's own package brings it where there are several. */
  readonly program: string
  /** What the docker command needs in its environment to speak to this daemon. */
  readonly env: NodeJS.ProcessEnv
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>
}

/**
 * Starts a dockerd in `directory`, which is made here, and waits until it answers. Needs root.
 * @throws Error with the end of its log when it does not answer
 */
export async function startDockerDaemon(directory: string): Promise<DockerDaemon> {
  await mkdir(directory, { recursive: true })
  const socket = `unix://${join(directory, 'd.sock')}`
  const root = join(directory, 'root')
  // Not the machine's /etc/docker/daemon.json.
  await writeFile(join(directory, 'daemon.json'), '{}')
  const daemon = startChild(
    [
      ...[toolPath('dockerd'), '--host', socket, '--pidfile', join(directory, 'd.pid')],
      ...['--data-root', root, '--exec-root', join(directory, 'exec')],
      ...['--config-file', join(directory, 'daemon.json')],
      ...['--iptables=false', '--ip6tables=false', '--bridge=none'],
    ],
    { log: join(directory, 'dockerd.log') },
  )
  const program = existsSync(packaged) ? packaged : toolPath('docker')
  const env = { ...process.env, DOCKER_HOST: socket, DOCKER_CONFIG: join(directory, 'config') }
  for (let tries = 0; (await attempt([program, 'version'], { env })).status !== 0; tries++) {
    if (tries > 200 || !daemon.isRunning()) throw new Error(`dockerd did not start\n${await endOfLog(daemon)}`)
    await sleep(100)
  }
  return { root, program, env, stop: () => daemon.end('SIGTERM', 20_000) }
}

/** A newer docker may come before it on `$PATH`. */
const packaged = '/usr/bin/docker'

async function endOfLog(daemon: Child): Promise<string> {
  return (await readFile(daemon.log, 'utf8')).split('\n').slice(-10).join('\n')
}
