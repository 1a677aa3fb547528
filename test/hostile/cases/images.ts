/**
 * Images out of a registry: their layers, configs and texts are a stranger's.
 * @module
 */

import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type TarEntry, tar } from '@tsreg/testkit'
import { assertEqual, assertThat } from '../../harness/report.ts'
import { type Attack, assertDone, assertHarmless, assertRefused, assertSettled, type Scene } from '../attack.ts'
import { baseWith, linkTo } from '../hostile-base.ts'

export const imageAttacks: readonly Attack[] = [
  {
    title: 'layers whose names climb are refused by pull --unpack',
    advisory: 'CVE-2007-4131 (GNU tar)',
    guard: 'packages/image/src/layer/apply/names.ts componentsOf',
    mutant: 'layer/the-refusal-of-names-that-climb',
    async attempt(scene) {
      const { climbing } = scene.outside
      await refuse(scene, [{ name: `${climbing}/secret`, content: 'x' }], /leads out of the layer/)
      await refuse(scene, [{ name: 'x', content: 'x', pax: { path: `${climbing}/secret` } }], /leads out of the layer/)
      await refuse(scene, [{ name: 'h', type: 'hardlink', linkName: `${climbing}/secret` }], /leads out of the layer/)
      await refuse(scene, [{ name: '.wh...' }], /whiteout of no file/)
      await refuse(scene, [{ name: 'd/.wh..', content: '' }], /whiteout of no file/)
    },
  },
  {
    title: 'layers whose links lead out are unpacked inside, and hard links through them find nothing',
    advisory: 'CVE-2014-6407 (Docker)',
    guard: 'packages/image/src/layer/apply/tree.ts enter',
    mutant: 'layer/the-no-follow-of-steps',
    async attempt(scene) {
      const { path, climbing } = scene.outside
      for (const target of [path, climbing, `/proc/self/root${path}`]) {
        const link = linkTo('l', target)
        await accept(scene, [link, { name: 'l/secret', content: 'x' }, { name: 'l/.wh.deep' }])
        await accept(scene, [link, { name: 'l/.wh..wh..opq' }, { name: 'l', content: 'x' }])
        await refuse(scene, [link, { name: 'h', type: 'hardlink', linkName: 'l/secret' }], /does not exist/)
      }
    },
  },
  {
    title: 'links of a lower layer lead the layers above nowhere else, and delete nothing outside',
    advisory: 'CVE-2024-23652 (BuildKit)',
    guard: 'packages/image/src/layer/apply/lower.ts find',
    mutant: 'layer/the-links-of-lower-layers',
    async attempt(scene) {
      const lower = tar([linkTo('l', scene.outside.climbing), linkTo('s', `${scene.outside.path}/secret`)])
      const hard = tar([{ name: 'h', type: 'hardlink', linkName: 'l/secret' }])
      const image = await scene.publish({ layers: [lower, hard] })
      assertRefused(await scene.tsreg('pull', '--unpack', image), /does not exist/)
      const upper = tar([{ name: 'l/secret', content: 'x' }, { name: 'l/.wh.deep' }, { name: '.wh.s' }])
      assertDone(await scene.tsreg('pull', '--unpack', await scene.publish({ layers: [lower, upper] })))
    },
  },
  {
    title: 'a layer that is a bomb ends at the ratio that layers have',
    advisory: 'CVE-2025-32386 (Helm)',
    guard: 'packages/image/src/layer/apply/limits.ts checkSize',
    mutant: 'layer/the-limit-of-ratio',
    isLong: true,
    async attempt(scene) {
      const whole = tar([{ name: 'zeros', content: Buffer.alloc(1_200_000_000) }])
      for (const compress of [gzipSync, zstdCompressSync]) {
        const image = await scene.publish({ layers: [whole], compressed: [compress(whole)] })
        assertRefused(await scene.tsreg('pull', '--unpack', image), /limit maxRatio is 200/)
      }
    },
  },
  {
    title: 'a layer that is not the one that the config names is refused',
    advisory: 'CWE-354',
    guard: 'packages/image/src/snapshot/fetched-layer.ts fetchedLayer',
    mutant: 'snapshot/the-proof-of-layers',
    async attempt(scene) {
      const [told, sent] = ['told', 'sent'].map((content) => tar([{ name: 'file', content }]))
      const image = await scene.publish({ layers: [told ?? sent], compressed: [gzipSync(sent ?? '')] } as never)
      assertRefused(await scene.tsreg('pull', '--unpack', image), /unpacks to diff ID/)
    },
  },
  {
    title: 'the triggers of a base image reach no further than instructions of the Dockerfile do',
    advisory: 'CVE-2020-10696 (Buildah)',
    guard: 'packages/builder/src/dockerfile/parse-trigger.ts parseTrigger',
    mutant: 'builder/what-triggers-may-be',
    async attempt(scene) {
      const { climbing, path } = scene.outside
      await scene.link('l', climbing)
      const copies = [`COPY ..${path}/secret /`, 'ADD ../outside/secret /', 'COPY l/secret /']
      const forbidden = [
        'FROM scratch',
        'ONBUILD COPY l/secret /',
        'MAINTAINER x',
        'COPY <<E /x',
        'x\nCOPY l /',
        '',
        '\0',
      ]
      for (const trigger of [...copies, ...forbidden]) {
        const image = await scene.publish({ layers: [tar([{ name: 'f' }])], config: { OnBuild: [trigger] } })
        const result = await scene.build([`FROM ${image}`])
        assertRefused(result, /./)
        assertHarmless(result)
      }
      for (const wrong of ['COPY l /', [['COPY']], 7]) {
        const image = await scene.publish({ layers: [tar([{ name: 'f' }])], config: { OnBuild: wrong } })
        assertRefused(await scene.build([`FROM ${image}`]), /config\.OnBuild/)
      }
    },
  },
  {
    title:
      'volumes, directories and users of a config lead inside of the container, and a senseless environment nowhere',
    advisory: 'CVE-2022-23648 (containerd)',
    guard: 'packages/runtime/src/rootfs/inside.ts withPlaceInside',
    mutant: 'runtime/links-that-climb',
    runs: true,
    async attempt(scene) {
      const { climbing, path } = scene.outside
      for (const volume of [`/${climbing}`, '/l', `/l/../..${path}`, '/proc/self/root']) {
        const image = await baseWith(scene, [linkTo('l', climbing)], { config: { Volumes: { [volume]: {} } } })
        assertSettled(await scene.tsreg('run', '--rm', image, 'sh', '-c', `cat ${volume}/secret; echo x > ${volume}/x`))
      }
      for (const config of [{ WorkingDir: `/${climbing}` }, { WorkingDir: '/l' }, { User: climbing }, { User: '-1' }]) {
        const image = await baseWith(scene, [linkTo('l', climbing)], { config })
        assertSettled(await scene.tsreg('run', '--rm', image, 'sh', '-c', 'cat secret; echo x > made'))
      }
      for (const Env of [['NOSIGN', '=x'], ['A=\u001b[31m', 'PATH=', 'B\0=c'], [`LONG=${'x'.repeat(200_000)}`]]) {
        const image = await baseWith(scene, [], { config: { Env, Cmd: ['/bin/true'] } })
        const result = await scene.tsreg('run', '--rm', image)
        assertSettled(result)
        assertHarmless(result)
      }
    },
  },
  {
    title: 'history, labels and names of an image give no orders to the terminal',
    advisory: 'CVE-2024-52005 (Git)',
    guard: 'packages/cli/src/output/table.ts table',
    mutant: 'context/the-orders-in-tables',
    async attempt(scene) {
      const evil = '\u001b]0;owned\u0007\u009b2J\r\nforged 0123456789ab\u202e'
      const config = { Labels: { [evil]: evil }, Cmd: [evil], Env: [`A=${evil}`], User: evil, WorkingDir: evil }
      const history = [{ created: evil, created_by: evil, comment: evil, author: evil }]
      const document = { history, author: evil, created: evil, 'os.version': evil }
      const image = await scene.publish({ layers: [tar([{ name: 'f' }])], config, document })
      const commands = [
        ['pull', image],
        ['history', image],
        ['history', '--no-trunc', image],
        ['inspect', image],
        ['inspect', '--remote', image],
        ['images', '--no-trunc'],
        ['run', '--rm', image],
        ['run', '--rm', '-u', '0', '-w', '/', image, evil],
        ['pull', `${scene.host}/${evil}`],
        ['rmi', evil],
        ['tags', `${scene.host}/none${evil}`],
      ]
      for (const words of commands) {
        const result = await scene.tsreg(...words)
        assertSettled(result)
        assertHarmless(result)
      }
      const lines = (await scene.tsreg('history', image)).stdout.trimEnd().split('\n')
      assertEqual(lines.length, 2, 'the number of lines of the history')
    },
  },
  {
    title: 'on a terminal a template of the user prints no orders either',
    advisory: 'CVE-2024-52005 (Git)',
    guard: 'packages/cli/src/invocation.ts print',
    mutant: 'context/the-orders-of-templates',
    async attempt(scene) {
      const config = { Labels: { a: '\u001b]0;owned\u0007' } }
      const image = await scene.publish({ layers: [tar([{ name: 'f' }])], config })
      assertDone(await scene.tsreg('pull', image))
      const shown = await scene.onTerminal('inspect', '--format', '{{.Config.Labels.a}}', image)
      assertThat(shown.includes('owned') && !shown.includes('\u001b'), `it printed ${JSON.stringify(shown)}`)
    },
  },
  {
    title: 'references that climb name no file, wherever they are written',
    advisory: 'CVE-2014-9358 (Docker)',
    guard: 'packages/oci/src/repository-name.ts isRepositoryName',
    mutant: 'context/the-names-of-references',
    async attempt(scene) {
      const { climbing, path } = scene.outside
      const names = [
        `${scene.host}/${climbing}`,
        climbing,
        path,
        `${scene.host}/a/../../b`,
        `${scene.host}/a@sha256:../../x`,
      ]
      for (const name of [...names, 'a:../../x', `a@sha256:${'0'.repeat(63)}/`, '..', '/', 'a%2f..%2fb']) {
        assertRefused(await scene.tsreg('pull', name), /invalid reference format/)
        assertRefused(await scene.build([`FROM ${name}`]), /./)
      }
      for (const words of [['rmi'], ['tag', scene.base], ['run'], ['build', '.', '-t'], ['history']]) {
        assertRefused(await scene.tsreg(...words, climbing), /./)
      }
      assertRefused(await scene.build(['FROM scratch', `COPY --from=${climbing} / /`]), /./)
    },
  },
]

async function refuse(scene: Scene, entries: readonly TarEntry[], message: RegExp): Promise<void> {
  assertRefused(await scene.tsreg('pull', '--unpack', await scene.publish({ layers: [tar(entries)] })), message)
}

async function accept(scene: Scene, entries: readonly TarEntry[]): Promise<void> {
  assertDone(await scene.tsreg('pull', '--unpack', await scene.publish({ layers: [tar(entries)] })))
}
