/**
 * docker on a dockerd of the suite's own: what the cases say is what docker does.
 * @module
 */

import { attempt, run } from '../../harness/command.ts'
import { startDockerDaemon } from '../../harness/docker-daemon.ts'
import type { Engine } from '../engine.ts'

/** @param host of the registry that has the image */
export async function createDocker(directory: string, host: string): Promise<Engine> {
  const daemon = await startDockerDaemon(directory)
  const env = { ...daemon.env, DOCKER_BUILDKIT: '0' }
  const docker = (...words: readonly string[]) => run([daemon.program, ...words], { env })
  await docker('pull', '--quiet', `${host}/busybox`)
  await docker('tag', `${host}/busybox`, 'busybox')
  await docker('rmi', `${host}/busybox`)
  return {
    name: 'docker',
    program: daemon.program,
    env,
    version: `docker ${await docker('version', '--format', '{{.Server.Version}}')}`,
    attempt: (words, options) => attempt([daemon.program, ...words], { ...options, env: { ...env, ...options?.env } }),
    close: () => daemon.stop(),
  }
}
