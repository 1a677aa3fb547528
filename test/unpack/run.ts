/**
 * `npm run test:unpack`: image trees made by other tools, unpacked by tsreg (on overlayfs and as one directory), by umoci
 * and by docker. All must be the same file by file: type, mode, owner, size, content, links, devices, attributes, times.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startDockerDaemon } from '../harness/docker-daemon.ts'
import { assertThat } from '../harness/report.ts'
import { runSuite } from '../harness/suite.ts'
import type { Tree } from '../harness/tree.ts'
import { differencesBetween } from './differences.ts'
import { makeImages, type TestImage } from './images.ts'
import { unpackWithDocker, unpackWithTsreg, unpackWithUmoci } from './unpackers.ts'

const tools = [
  ...(['debootstrap', 'busybox', 'umoci', 'skopeo', 'docker', 'dockerd', 'buildah', 'runc'] as const),
  ...(['getfattr', 'setfattr', 'setcap'] as const),
]

await runSuite({ script: 'test:unpack', tools, flags: { image: { type: 'string' } } }, async (context) => {
  const { report, directory, scale, flags } = context
  const daemon = await startDockerDaemon(join(directory, 'docker'))
  try {
    const images = await makeImages(join(directory, 'images'), daemon, scale)
    const work = join(directory, 'unpacked')
    await mkdir(work)
    const peers: Readonly<Record<string, (image: TestImage) => Promise<Tree>>> = {
      'tsreg in one directory': (image) => unpackWithTsreg(join(work, 'directory'), 'directory', image),
      umoci: (image) => unpackWithUmoci(work, image),
      docker: (image) => unpackWithDocker(work, daemon, image),
    }
    const figures: Record<string, number> = {}
    for (const image of images.filter(({ name }) => flags.image === undefined || name === flags.image)) {
      report.section(`${image.name}: ${image.about}`)
      const ours = await unpackWithTsreg(join(work, 'overlay'), 'overlay', image)
      figures[image.name] = ours.size
      report.note(`${ours.size} files`)
      for (const [peer, unpack] of Object.entries(peers)) {
        await report.check(`${peer} makes of it what tsreg makes on overlayfs`, async () => {
          const differences = differencesBetween(ours, await unpack(image), { image: image.name, peer })
          assertThat(
            differences.length === 0,
            `${differences.length} differ:\n      ${differences.slice(0, 20).join('\n      ')}`,
          )
        })
      }
    }
    context.record({ files: figures })
  } finally {
    await daemon.stop()
  }
})
