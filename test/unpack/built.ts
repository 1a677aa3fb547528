/**
 * Images that docker and buildah build of one Dockerfile, taken out of their storages as OCI layouts.
 * @module
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutTag } from '../bases/layout.ts'
import { openContainersStore } from '../differential/builders/containers-store.ts'
import { archiveOf } from '../differential/builders/docker.ts'
import { run } from '../harness/command.ts'
import { trustEverything } from '../harness/containers-storage.ts'
import type { DockerDaemon } from '../harness/docker-daemon.ts'
import { toolPath } from '../harness/tools.ts'

/** Each RUN makes a layer: files, then what hides and replaces them. */
const dockerfile = `
RUN mkdir -p /d/sub/deep /e /f && echo a > /d/a && echo b > /d/sub/b && echo c > /d/sub/deep/c && \\
    echo e > /e/e && ln /e/e /e/hard && ln -s /d /f/link && chmod 1777 /f
RUN rm -r /d && mkdir /d && echo new > /d/new
RUN rm /e/hard && echo changed >> /e/e && rm -r /d/new /f/link && mkdir /f/link && echo x > /f/link/x
RUN rm -r /e && echo 'a file' > /e && chown 1000:50 /f/link/x && chmod 4755 /f/link/x
RUN mkfifo /f/pipe && mknod /f/null c 1 3 && mkdir -m 2770 /f/setgid && chown 0:12 /f/setgid && chmod 2770 /f/setgid
RUN rm -r /f/link && ln -s . /f/link && mkdir -p /f/setgid/x/y && rmdir /d && mkdir -m 700 /d
`

export async function buildWithDocker(layout: string, base: string, daemon: DockerDaemon): Promise<string> {
  const directory = `${layout}.docker`
  const env = { ...daemon.env, DOCKER_BUILDKIT: '0' }
  const docker = (...args: readonly string[]) => run([daemon.program, ...args], { env })
  await mkdir(directory)
  await docker('load', '--input', await archiveOf(directory, 'unpack/base', base))
  await writeContext(join(directory, 'context'), 'unpack/base:latest')
  await docker('build', '--network=none', '--tag=unpack/built', join(directory, 'context'))
  const archive = join(directory, 'built.tar')
  await docker('save', '--output', archive, 'unpack/built')
  await writeFile(join(directory, 'policy.json'), trustEverything)
  const policy = ['--policy', join(directory, 'policy.json')]
  const [from, to] = [`docker-archive:${archive}`, `oci:${layout}:${layoutTag}`]
  await run([toolPath('skopeo'), ...policy, 'copy', '--quiet', from, to])
  return layout
}

export async function buildWithBuildah(layout: string, base: string): Promise<string> {
  const directory = `${layout}.buildah`
  const store = await openContainersStore(directory, { 'unpack/base': base })
  try {
    await writeContext(join(directory, 'context'), 'localhost/unpack/base:latest')
    const policy = `--signature-policy=${store.policy}`
    const options = [
      '--layers',
      '--network=none',
      '--cap-add=CAP_MKNOD',
      `--runtime=${toolPath('runc')}`,
      policy,
      '--tag=localhost/built',
    ]
    await store.buildah('bud', ...options, join(directory, 'context'))
    await store.buildah('push', '--quiet', policy, 'localhost/built', `oci:${layout}:${layoutTag}`)
    return layout
  } finally {
    await store.close()
  }
}

async function writeContext(directory: string, base: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'Dockerfile'), `FROM ${base}\n${dockerfile}`)
}
