/**
 * `tsreg build`, with the bases in a registry of the suite's own. What it made is read as others see it: buildah takes
 * the image from the local layout, and mounts it.
 * @module
 */

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutTag } from '../../bases/layout.ts'
import { attempt, run } from '../../harness/command.ts'
import { repositoryRoot } from '../../harness/paths.ts'
import { startServer } from '../../harness/server.ts'
import { type BaseLayouts, type Builder, cachedSteps } from '../builder.ts'
import { openContainersStore } from './containers-store.ts'

export async function createTsreg(directory: string, bases: BaseLayouts): Promise<Builder> {
  await mkdir(directory, { recursive: true })
  const server = await startServer({ kind: 'tsreg', directory: join(directory, 'registry') })
  const home = join(directory, 'home')
  const program = join(repositoryRoot, 'tsreg')
  const env = {
    ...process.env,
    TSREG_HOME: home,
    TSREG_REGISTRY: server.host,
    DOCKER_CONFIG: join(directory, 'docker'),
  }
  const tsreg = (...args: readonly string[]) => run([program, ...args], { env })
  for (const [name, layout] of Object.entries(bases))
    await tsreg('push', `oci:${layout}:${layoutTag}`, `${name}:latest`)
  // The bases are there, so that only what was built is taken over.
  const store = await openContainersStore(join(directory, 'storage'), bases)
  const references = new Map<string, string>()
  return {
    name: 'tsreg',
    version: await tsreg('version'),
    async build(request) {
      const idFile = join(directory, `${request.name}.id`)
      const reference = `${server.host}/differential/${request.name}:latest`
      const { status, stdout, stderr } = await attempt(
        [
          ...[program, 'build', '--progress=plain', `--iidfile=${idFile}`, `--tag=${reference}`],
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
      if (status !== 0) return { status, output, cached: cachedSteps(stdout) }
      const id = (await readFile(idFile, 'utf8')).trim()
      references.set(id, reference)
      return { status, output, cached: cachedSteps(stdout), id }
    },
    async configOf(id) {
      return JSON.parse(await readFile(join(home, 'images', 'blobs', ...id.split(':')), 'utf8'))
    },
    async treeOf(id) {
      return store.treeOf(await store.pull(join(home, 'images'), references.get(id) ?? ''))
    },
    async close() {
      await store.close()
      await server.stop()
    },
  }
}
