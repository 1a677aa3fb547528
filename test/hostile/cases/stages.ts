/**
 * COPY --from: what a stage or an image has is looked for in it alone.
 * @module
 */

import { tar } from '@tsreg/testkit'
import { assertThat } from '../../harness/report.ts'
import { type Attack, assertDone, assertRefused, assertSettled } from '../attack.ts'
import { linkTo } from '../hostile-base.ts'

const resolving = 'packages/builder/src/rootfs/resolve.ts resolvePath'
const links = 'builder/links-stay-inside-the-root'

export const stageAttacks: readonly Attack[] = [
  {
    title: 'COPY --from an image through its links to files outside finds no such files',
    advisory: 'CVE-2024-1753 (Buildah)',
    guard: resolving,
    mutant: links,
    async attempt(scene) {
      const { path, climbing } = scene.outside
      const targets = [path, climbing, `/proc/self/root${path}`, `/proc/1/cwd/${climbing}`]
      const entries = targets.flatMap((target, at) => [linkTo(`f${at}`, `${target}/secret`), linkTo(`d${at}`, target)])
      const image = await scene.publish({ layers: [tar(entries)] })
      for (const source of [
        '/f0',
        '/f1',
        '/f2',
        '/f3',
        '/d0/secret',
        '/d1/secret',
        '/d2/deep/below/secret',
        'd1/sec*',
      ]) {
        assertRefused(await scene.build(['FROM scratch', `COPY --from=${image} ${source} /s`]), /is not found in/)
      }
    },
  },
  {
    title: 'COPY --from a stage through its links to /etc and /proc finds the files of the stage or none',
    advisory: 'CVE-2024-1753 (Buildah)',
    guard: resolving,
    mutant: links,
    async attempt(scene) {
      const { path, climbing } = scene.outside
      await scene.link('files/etc', path)
      await scene.link('files/secret', `${climbing}/secret`)
      await scene.link('files/p', `/proc/self/root${path}`)
      const stage = ['FROM scratch AS a', 'COPY files /', 'FROM scratch']
      for (const source of ['/etc/passwd', '/secret', '/p/secret', '/etc/deep/']) {
        assertRefused(await scene.build([...stage, `COPY --from=a ${source} /s`]), /is not found in/)
      }
    },
  },
  {
    title: 'COPY --from of a directory takes the links in it as links',
    advisory: 'CVE-2024-1753 (Buildah)',
    guard: 'packages/image/src/snapshot/merged.ts lookup',
    mutant: 'snapshot/the-links-of-merged-trees',
    async attempt(scene) {
      const entries = [linkTo('d/file', `${scene.outside.path}/secret`), linkTo('d/directory', scene.outside.climbing)]
      const image = await scene.publish({ layers: [tar([{ name: 'd/', type: 'directory' }, ...entries])] })
      assertDone(await scene.build(['FROM scratch', `COPY --from=${image} /d /d`, `COPY --from=${image} / /all/`]))
      const files = await scene.built()
      for (const name of ['d/file', 'd/directory', 'all/d/file']) {
        assertThat(files.get(name)?.startsWith('l '), `${name} is ${files.get(name)}`)
      }
    },
  },
  {
    title: 'COPY --from with .. in the source is refused',
    advisory: 'CVE-2020-10696 (Buildah)',
    guard: 'packages/builder/src/context/select-sources.ts insideOf',
    mutant: 'context/the-root-of-sources',
    async attempt(scene) {
      const stage = ['FROM scratch AS a', 'COPY . /', 'FROM scratch']
      for (const source of [`..${scene.outside.path}/secret`, `a/../..${scene.outside.path}/*`]) {
        assertRefused(await scene.build([...stage, `COPY --from=a ${source} /`]), /leads out of/)
      }
    },
  },
  {
    title: 'what commands leave is no way out for the steps behind them',
    advisory: 'CVE-2018-15664 (Docker)',
    guard: resolving,
    mutant: links,
    runs: true,
    async attempt(scene) {
      const { climbing } = scene.outside
      await scene.write('secret', 'inside')
      const run = `RUN rm -r /data && ln -s ${climbing} /data && ln -s ${climbing}/secret /s && mkfifo /pipe`
      const lines = [`FROM ${scene.base} AS a`, run]
      assertDone(await scene.build([...lines, 'COPY secret /data/']))
      assertRefused(await scene.build([...lines, 'FROM scratch', 'COPY --from=a /s /s']), /is not found in/)
      assertRefused(await scene.build([...lines, 'FROM scratch', 'COPY --from=a /data/passwd /s']), /is not found in/)
      assertSettled(await scene.build([...lines, 'FROM scratch', 'COPY --from=a /pipe /']))
    },
  },
]
