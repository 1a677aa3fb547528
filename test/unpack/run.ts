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
import { differences, explanationOf, type Finding, findingsBetween } from './differences.ts'
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
    const files: Record<string, number> = {}
    const seen = new Map(differences.map(({ name }) => [name, 0]))
    for (const image of images.filter(({ name }) => flags.image === undefined || name === flags.image)) {
      report.section(`${image.name}: ${image.about}`)
      const ours = await unpackWithTsreg(join(work, 'overlay'), 'overlay', image)
      files[image.name] = ours.size
      report.note(`${ours.size} files`)
      // Side by side, for each of them waits for the disk most of the time.
      const theirs = Object.entries(peers).map(([peer, unpack]) => [peer, unpack(image)] as const)
      for (const [, tree] of theirs) tree.catch(() => {})
      for (const [peer, tree] of theirs) {
        await report.check(`${peer} makes of it what tsreg makes on overlayfs`, async () => {
          const findings = findingsBetween(ours, await tree, { image: image.name, peer })
          const explained = findings.filter((finding) => {
            const name = explanationOf(finding)?.name
            if (name !== undefined) seen.set(name, (seen.get(name) ?? 0) + 1)
            return name !== undefined
          })
          const defects = findings.filter((finding) => !explained.includes(finding))
          assertThat(defects.length === 0, `${defects.length} differ:${defects.slice(0, 20).map(shown).join('')}`)
          return explained.length === 0 ? undefined : `${explained.length} deliberate differences`
        })
      }
    }
    report.section('the listed differences')
    for (const { name, reason } of flags.image === undefined ? differences : []) {
      const count = seen.get(name) ?? 0
      await report.check(`${name}: ${reason}`, () => {
        assertThat(count > 0, 'no tree shows it any more: take it off the list')
        return `${count} paths`
      })
    }
    context.record({ files, differences: Object.fromEntries(seen) })
  } finally {
    await daemon.stop()
  }
})

function shown({ path, ours, theirs }: Finding): string {
  return `\n      ${JSON.stringify(path)}\n        ours   ${ours}\n        theirs ${theirs}`
}
