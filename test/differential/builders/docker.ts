/**
 * docker's classic builder on a dockerd of the suite's own. What it made is read from the daemon's own directories: the
 * config as it is stored, and the layers through a mount of the kernel's.
 * @module
 */

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutTag } from '../../bases/layout.ts'
import { attempt, run } from '../../harness/command.ts'
import { trustEverything } from '../../harness/containers-storage.ts'
import { startDockerDaemon } from '../../harness/docker-daemon.ts'
import { toolPath } from '../../harness/tools.ts'
import { readTree } from '../../harness/tree.ts'
import { type BaseLayouts, type Builder, cachedSteps, type ImageConfig } from '../builder.ts'
import { withMountedLayers } from './overlay.ts'

export async function createDocker(directory: string, bases: BaseLayouts): Promise<Builder> {
  const daemon = await startDockerDaemon(directory)
  const env = { ...daemon.env, DOCKER_BUILDKIT: '0' }
  const docker = (...args: readonly string[]) => run([daemon.program, ...args], { env })
  for (const [name, layout] of Object.entries(bases))
    await docker('load', '--input', await archiveOf(directory, name, layout))
  const driver = await docker('info', '--format', '{{.Driver}}')
  const configOf = async (id: string): Promise<ImageConfig> => {
    const path = join(daemon.root, 'image', driver, 'imagedb', 'content', ...id.split(':'))
    return JSON.parse(await readFile(path, 'utf8'))
  }

  return {
    name: 'docker',
    version: `docker ${await docker('version', '--format', '{{.Server.Version}}')}`,
    async build(request) {
      const idFile = join(directory, `${request.name}.id`)
      const { status, stdout, stderr } = await attempt(
        [
          ...[daemon.program, 'build', '--network=none', `--iidfile=${idFile}`],
          ...(request.dockerfileName === undefined
            ? []
            : [`--file=${join(request.directory, request.dockerfileName)}`]),
          ...(request.target === undefined ? [] : [`--target=${request.target}`]),
          ...(request.platform === undefined ? [] : [`--platform=${request.platform}`]),
          ...Object.entries(request.buildArgs ?? {}).map(([name, value]) => `--build-arg=${name}=${value}`),
          ...(request.noCache === true ? ['--no-cache'] : []),
          request.directory,
        ],
        { env },
      )
      const output = `${stdout}\n${stderr}`
      const id = status === 0 ? { id: await readFile(idFile, 'utf8') } : {}
      return { status, output, cached: cachedSteps(stdout), ...id }
    },
    configOf,
    async treeOf(id) {
      const { rootfs } = await configOf(id)
      const layers = await Promise.all(
        rootfs.diff_ids.map((_, index) => layerDirectory(daemon.root, driver, rootfs.diff_ids.slice(0, index + 1))),
      )
      // vfs has the whole tree in its uppermost directory.
      const mounted = driver === 'vfs' ? layers.slice(-1) : layers
      return withMountedLayers(join(directory, 'mounted'), mounted, readTree)
    },
    close: () => daemon.stop(),
  }
}

/** `docker load` of this version reads docker archives only. */
export async function archiveOf(directory: string, name: string, layout: string): Promise<string> {
  const policy = join(directory, 'policy.json')
  await writeFile(policy, trustEverything)
  const archives = join(directory, 'archives')
  await mkdir(archives, { recursive: true })
  const path = join(archives, `${name.replaceAll('/', '-')}.tar`)
  const to = `docker-archive:${path}:${name}:latest`
  if (!existsSync(path)) {
    await run([toolPath('skopeo'), '--policy', policy, 'copy', '--quiet', `oci:${layout}:${layoutTag}`, to])
  }
  return path
}

/** The directory of a layer, which the daemon keeps under a random name that lies under the chain's. */
export async function layerDirectory(root: string, driver: string, diffIds: readonly string[]): Promise<string> {
  const [algorithm = '', hex = ''] = chainId(diffIds).split(':')
  const cacheId = await readFile(join(root, 'image', driver, 'layerdb', algorithm, hex, 'cache-id'), 'utf8')
  return driver === 'vfs' ? join(root, 'vfs', 'dir', cacheId) : join(root, driver, cacheId, 'diff')
}

function chainId(diffIds: readonly string[]): string {
  return diffIds.reduce((chain, diffId) => `sha256:${createHash('sha256').update(`${chain} ${diffId}`).digest('hex')}`)
}
