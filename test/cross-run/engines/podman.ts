/**
 * podman on a storage of its own, with runc.
 * @module
 */

import { join } from 'node:path'
import { attempt, run } from '../../harness/command.ts'
import { prepareContainersStorage } from '../../harness/containers-storage.ts'
import { unmountBelow } from '../../harness/mounts.ts'
import { toolPath } from '../../harness/tools.ts'
import { type Engine, runArguments } from '../engine.ts'

export async function createPodman(directory: string): Promise<Engine> {
  const { env, policy } = await prepareContainersStorage(directory)
  const podman = (...args: readonly string[]) => [
    ...[toolPath('podman'), '--runtime', toolPath('runc'), '--tmpdir', join(directory, 'tmp')],
    ...['--cgroup-manager', 'cgroupfs', '--events-backend', 'none', ...args],
  ]
  return {
    name: 'podman',
    version: await run([toolPath('podman'), '--version']),
    async pull(reference) {
      await run(podman('pull', '--quiet', '--tls-verify=false', '--signature-policy', policy, reference), { env })
    },
    // Its own limits may be more than this machine allows.
    run: (request) => {
      const flags = ['--ulimit=nofile=1024:1024', '--ulimit=nproc=1024:1024', ...request.flags]
      return attempt(podman(...runArguments({ ...request, flags })), { env, input: request.input })
    },
    async close() {
      await attempt(podman('rm', '--all', '--force'), { env })
      await unmountBelow(directory)
    },
  }
}
