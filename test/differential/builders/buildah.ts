/**
 * `buildah bud --layers`, which writes docker's format so that nothing of the config is lost.
 * @module
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, run } from '../../harness/command.ts'
import { toolPath } from '../../harness/tools.ts'
import { type BaseLayouts, type Builder, cachedSteps } from '../builder.ts'
import { openContainersStore } from './containers-store.ts'

export async function createBuildah(directory: string, bases: BaseLayouts): Promise<Builder> {
  const store = await openContainersStore(directory, bases)
  const { env, policy } = store
  return {
    name: 'buildah',
    version: await run([toolPath('buildah'), '--version']),
    async build(request) {
      const idFile = join(directory, `${request.name}.id`)
      const dockerfile = join(request.directory, request.dockerfileName ?? 'Dockerfile')
      const { status, stdout, stderr } = await attempt(
        [
          ...[toolPath('buildah'), 'bud', '--layers', '--format=docker', '--force-rm', `--iidfile=${idFile}`],
          ...[
            '--network=none',
            `--runtime=${toolPath('runc')}`,
            `--signature-policy=${policy}`,
            `--file=${dockerfile}`,
          ],
          ...(request.target === undefined ? [] : [`--target=${request.target}`]),
          ...(request.platform === undefined ? [] : [`--platform=${request.platform}`]),
          ...Object.entries(request.buildArgs ?? {}).map(([name, value]) => `--build-arg=${name}=${value}`),
          ...(request.noCache === true ? ['--no-cache'] : []),
          request.directory,
        ],
        { env },
      )
      const output = `${stdout}\n${stderr}`
      const id = status === 0 ? { id: (await readFile(idFile, 'utf8')).trim() } : {}
      return { status, output, cached: cachedSteps(stdout), ...id }
    },
    configOf: store.configOf,
    treeOf: store.treeOf,
    close: store.close,
  }
}
