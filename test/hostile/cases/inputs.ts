/**
 * The Dockerfile and the ignore file as links, pipes and worse: an error that quotes a file must not quote a stranger's.
 * @module
 */

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../harness/command.ts'
import { type Attack, assertHarmless, assertRefused, assertSettled, type Scene } from '../attack.ts'

const guard = 'packages/builder/src/context/read-build-file.ts checkPlace'
const mutant = 'context/the-place-of-build-files'

export const inputAttacks: readonly Attack[] = [
  {
    title: 'a Dockerfile that is a link out of the context is refused, and not quoted',
    advisory: 'CVE-2022-24348 (Argo CD)',
    guard,
    mutant,
    async attempt(scene) {
      for (const target of [scene.outside.path, scene.outside.climbing, `/proc/self/root${scene.outside.path}`]) {
        await scene.link('Dockerfile', `${target}/Dockerfile`)
        assertRefused(await scene.tsreg('build', '.'), /is a link that leads out of the build context/)
        await rm(join(scene.context, 'Dockerfile'))
      }
      await scene.link('d', scene.outside.climbing)
      await scene.link('e', 'd/Dockerfile')
      for (const file of ['d/Dockerfile', './e', `${scene.context}/d/Dockerfile`]) {
        assertRefused(await scene.tsreg('build', '-f', file, '.'), /is a link that leads out of the build context/)
      }
    },
  },
  {
    title: 'a .dockerignore that is a link out of the context is refused, and not quoted',
    advisory: 'CVE-2022-24348 (Argo CD)',
    guard,
    mutant,
    async attempt(scene) {
      for (const name of ['.dockerignore', 'Dockerfile.dockerignore']) {
        await scene.link(name, `${scene.outside.climbing}/ignore`)
        assertRefused(await scene.build(['FROM scratch', 'COPY . /']), /leads out of the build context/)
        await rm(join(scene.context, name))
      }
    },
  },
  {
    title: 'a Dockerfile and a .dockerignore that are pipes, directories, devices or huge are refused at once',
    advisory: 'CWE-400',
    guard: 'packages/builder/src/context/read-build-file.ts readBuildFile',
    mutant: 'context/the-pipes-of-build-files',
    async attempt(scene) {
      await scene.write('other', 'FROM scratch\nCOPY other /\n')
      for (const name of ['Dockerfile', '.dockerignore']) {
        const file = name === 'Dockerfile' ? [] : ['-f', 'other']
        for (const [make, message] of oddFiles(scene, name)) {
          await make()
          assertRefused(await scene.tsreg('build', ...file, '.'), message)
          await rm(join(scene.context, name), { recursive: true })
        }
      }
    },
  },
  {
    title: 'patterns of a .dockerignore that are made to be slow are not',
    advisory: 'CWE-1333, CVE-2022-3517 (minimatch)',
    guard: 'packages/builder/src/context/glob/match-glob.ts matchGlob',
    mutant: 'context/the-steps-of-globs',
    async attempt(scene) {
      await scene.write(`${'a'.repeat(200)}/${'a'.repeat(200)}/${'a'.repeat(200)}`, 'x')
      await scene.write('.dockerignore', `${'*a'.repeat(60)}b\n${'**/'.repeat(40)}b\n!${'*?'.repeat(60)}b\n`)
      assertSettled(await scene.build(['FROM scratch', `COPY ${'*a'.repeat(40)}b /`]))
    },
  },
  {
    title: 'a Dockerfile that is made of bytes, escapes and endless lines ends in an error of one line',
    advisory: 'CVE-2024-52005 (Git)',
    guard: 'packages/cli/src/output/printable.ts printable',
    mutant: 'context/the-orders-to-terminals',
    async attempt(scene) {
      const files = ['\u001b]0;x\u0007\u009b31m', 'FROM \u001b[2Jscratch', `FROM scratch\nRUN${'\u202e'.repeat(5000)}`]
      for (const content of [...files, Buffer.from([0xff, 0xfe, 0, 1]), 'FROM scratch\n\u001b[31mNO x']) {
        await scene.write('Dockerfile', content)
        const result = await scene.tsreg('build', '.')
        assertSettled(result)
        assertHarmless(result)
      }
      await scene.write('evil\u001b[31m', 'FROM scratch\nNO x\n')
      const named = await scene.tsreg('build', '-f', 'evil\u001b[31m', '.')
      assertRefused(named, /NO/)
      assertHarmless(named)
    },
  },
]

function oddFiles(scene: Scene, name: string): readonly (readonly [make: () => Promise<unknown>, message: RegExp])[] {
  const path = join(scene.context, name)
  return [
    [() => run(['mkfifo', path]), /it is not a file/],
    [() => mkdir(path), /it is not a file/],
    [() => scene.link(name, '/dev/zero'), /it is not a file/],
    [() => scene.link(name, name), /ELOOP/],
    [() => run(['truncate', '--size=1T', path]), /it has 1099511627776 bytes/],
  ]
}
