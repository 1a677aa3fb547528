/**
 * docker on a dockerd of the suite's own.
 * @module
 */

import { attempt, run } from '../../harness/command.ts'
import { startDockerDaemon } from '../../harness/docker-daemon.ts'
import { type BuildingEngine, baseNames, runArguments } from '../engine.ts'

export async function createDocker(directory: string, host: string): Promise<BuildingEngine> {
  const daemon = await startDockerDaemon(directory)
  const env = { ...daemon.env, DOCKER_BUILDKIT: '0' }
  const docker = (...args: readonly string[]) => run([daemon.program, ...args], { env })
  for (const name of baseNames) {
    await docker('pull', '--quiet', `${host}/${name}`)
    await docker('tag', `${host}/${name}`, name)
  }
  return {
    name: 'docker',
    version: `docker ${await docker('version', '--format', '{{.Server.Version}}')}`,
    async build(context, reference) {
      await docker('build', '--network=none', '--quiet', '--tag', reference, context)
      await docker('push', '--quiet', reference)
    },
    async pull(reference) {
      await docker('pull', '--quiet', reference)
    },
    run: (request) => attempt([daemon.program, ...runArguments(request)], { env, input: request.input }),
    close: () => daemon.stop(),
  }
}
