/**
 * Images that containers were made from: what removing them is answered with.
 * @module
 */

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEqual, assertThat } from '../../harness/report.ts'
import type { RunCase, Scene } from '../run-case.ts'

export const imageCases: readonly RunCase[] = [
  {
    title: 'rmi by name refuses the image of a stopped container, and -f removes it; the container still starts',
    check: async (scene) => {
      const { say, fail } = scene
      const image = await buildImage(scene)
      const container = (await say('create', '--name', 'job', 'app:v1', 'cat', '/made')).trim()
      const says =
        'conflict: unable to remove repository reference "app:v1" (must force) - ' +
        `container ${container.slice(0, 12)} is using its referenced image ${image.slice(7, 19)}\n`
      await fail({ status: 8, says, dockerStatus: 1 }, 'rmi', 'app:v1')
      assertThat(
        (await say('rmi', '-f', 'app:v1')).startsWith('Untagged: app:v1\nDeleted: sha256:'),
        'it is not deleted',
      )
      assertEqual((await say('images', '-a', '-q', '--no-trunc')).includes(image), false, 'that it is listed')
      assertEqual(await say('start', '-a', 'job'), 'made\n', 'the output')
      await say('rm', 'job')
    },
  },
  {
    title: 'rmi by ID refuses the image of a stopped container, and -f removes it',
    check: async (scene) => {
      const { say, fail } = scene
      const id = (await buildImage(scene)).slice(7, 19)
      const container = (await say('create', 'app:v1', 'true')).slice(0, 12)
      const says = `conflict: unable to delete ${id} (must be forced) - image is being used by stopped container ${container}`
      await fail({ status: 8, says, dockerStatus: 1 }, 'rmi', id)
      assertThat((await say('rmi', '-f', id)).startsWith('Untagged: app:v1\nDeleted: sha256:'), 'it is not deleted')
    },
  },
  {
    title: 'rmi of the image of a running container: never by ID, its name alone by force',
    check: async (scene) => {
      const { say, fail } = scene
      const image = await buildImage(scene)
      const id = image.slice(7, 19)
      const container = (await say('run', '-d', '--name', 'server', 'app:v1', 'sleep', '600')).slice(0, 12)
      const running = `conflict: unable to delete ${id} (cannot be forced) - image is being used by running container ${container}`
      await fail({ status: 8, says: running, dockerStatus: 1 }, 'rmi', id)
      await fail({ status: 8, says: running, dockerStatus: 1 }, 'rmi', '-f', id)
      await fail({ status: 8, says: '(must force)', dockerStatus: 1 }, 'rmi', 'app:v1')
      assertEqual(await say('rmi', '-f', 'app:v1'), 'Untagged: app:v1\n', 'the output')
      assertEqual((await say('images', '-q', '--no-trunc')).includes(image), true, 'that it is listed')
      await say('rm', '-f', 'server')
      assertThat((await say('rmi', id)).startsWith('Deleted: sha256:'), 'it is not deleted')
    },
  },
  {
    title: 'rmi of one of several names asks for nothing, and after rm the image goes without force',
    check: async (scene) => {
      const { say } = scene
      await buildImage(scene)
      await say('create', '--name', 'job', 'app:v1', 'true')
      await say('tag', 'app:v1', 'app:v2')
      assertEqual(await say('rmi', 'app:v2'), 'Untagged: app:v2\n', 'the output')
      await say('rm', 'job')
      assertThat((await say('rmi', 'app:v1')).startsWith('Untagged: app:v1\nDeleted: sha256:'), 'it is not deleted')
    },
  },
  {
    title: 'build clears away what a killed command left, before it makes anything',
    notDocker: 'its daemon clears up when it starts',
    check: async ({ home, say, directory }) => {
      const containers = join(home, 'containers')
      const id = 'abc123'.repeat(11).slice(0, 64)
      // As it is when run dies between its claim and the record of the container.
      await mkdir(join(containers, id, 'rootfs'), { recursive: true })
      await mkdir(join(containers, 'claims'), { recursive: true })
      await writeFile(join(containers, 'claims', id), '')
      await writeFile(join(directory, 'Dockerfile'), `FROM busybox\nLABEL case=${directory}\nRUN true\n`)
      await say('build', '-q', '.')
      const left = [...(await readdir(containers)), ...(await readdir(join(containers, 'claims')))]
      assertEqual(left.includes(id), false, 'that something is left')
    },
  },
]

/** An image `app:v1` of its own for this case: two cases never share a layer. */
async function buildImage({ say, directory }: Scene): Promise<string> {
  const lines = ['FROM busybox', `LABEL app=${directory}`, 'RUN echo made > /made', '']
  await writeFile(join(directory, 'Dockerfile'), lines.join('\n'))
  return (await say('build', '-q', '--network=none', '-t', 'app:v1', '.')).trim()
}
