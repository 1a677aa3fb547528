/**
 * Links in the build context: what COPY and ADD take, they take from the context.
 * @module
 */

import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../harness/command.ts'
import { assertEqual, assertThat } from '../../harness/report.ts'
import { type Attack, assertDone, assertHarmless, assertRefused, assertSettled, type Scene } from '../attack.ts'

const resolving = 'packages/builder/src/rootfs/resolve.ts resolvePath'
const reading = 'packages/builder/src/context/tree/read-content.ts checkVersion'
const opening = 'packages/builder/src/context/tree/descriptors.ts within'

export const contextAttacks: readonly Attack[] = [
  {
    title: 'COPY of an absolute link to a file outside finds no such file in the context',
    advisory: 'CVE-2022-24904 (Argo CD)',
    guard: 'packages/builder/src/context/tree/scan-directory.ts scanDirectory',
    mutant: 'context/the-links-of-directories',
    attempt: (scene) => copyOfLink(scene, `${scene.outside.path}/secret`),
  },
  {
    title: 'COPY of a link that climbs out of the context finds no such file in the context',
    advisory: 'CVE-2022-24904 (Argo CD)',
    guard: 'packages/builder/src/context/tree/scan-directory.ts scanDirectory',
    mutant: 'context/the-links-of-directories',
    attempt: (scene) => copyOfLink(scene, `${scene.outside.climbing}/secret`),
  },
  {
    title: 'COPY through a chain of links, the last of them out of the context, finds nothing',
    advisory: 'CVE-2022-24904 (Argo CD)',
    guard: 'packages/builder/src/context/tree/scan-directory.ts scanDirectory',
    mutant: 'context/the-links-of-directories',
    async attempt(scene) {
      await scene.link('a', 'd/b')
      await scene.link('d/b', '../c')
      await scene.link('c', scene.outside.climbing)
      assertRefused(await scene.build(['FROM scratch', 'COPY a/secret /']), /a\/secret is not found/)
      assertRefused(await scene.build(['FROM scratch', 'ADD a/deep/below/secret /']), /is not found/)
    },
  },
  {
    title: 'COPY through links that go in a circle ends in an error',
    advisory: 'CWE-835',
    guard: resolving,
    mutant: 'builder/links-in-a-circle-end',
    async attempt(scene) {
      await scene.link('a', 'b')
      await scene.link('b', 'a')
      await scene.link('self', 'self/self')
      for (const source of ['a', 'a/file', 'self']) {
        assertRefused(await scene.build(['FROM scratch', `COPY ${source} /`]), /more than 255 links/)
      }
    },
  },
  {
    title: 'COPY of a link to the parent of the context copies the context, not the parent',
    advisory: 'CVE-2018-15664 (Docker)',
    guard: resolving,
    mutant: 'builder/links-stay-inside-the-root',
    async attempt(scene) {
      await scene.write('kept', 'kept')
      await scene.link('up', '..')
      assertDone(await scene.build(['FROM scratch', 'COPY up /all/']))
      const names = [...(await scene.built()).keys()]
      assertEqual(names.join(' '), 'all all/Dockerfile all/kept all/up', 'the list of files')
    },
  },
  {
    title: 'COPY of a source with .. in it is refused, however it is written',
    advisory: 'CVE-2020-10696 (Buildah)',
    guard: 'packages/builder/src/context/select-sources.ts insideOf',
    mutant: 'context/the-root-of-sources',
    async attempt(scene) {
      for (const source of ['../outside/secret', 'a/../../outside/secret', '../outside/*', '/../outside/secret']) {
        for (const verb of ['COPY', 'ADD']) {
          assertRefused(await scene.build(['FROM scratch', `${verb} ${source} /`]), /leads out of the build context/)
        }
      }
    },
  },
  {
    title: 'COPY of a directory takes the links in it as links',
    advisory: 'CVE-2022-24904 (Argo CD)',
    guard: 'packages/builder/src/context/tree/scan-directory.ts scanDirectory',
    mutant: 'context/the-links-of-directories',
    async attempt(scene) {
      await scene.link('d/file', `${scene.outside.path}/secret`)
      await scene.link('d/directory', scene.outside.climbing)
      assertDone(await scene.build(['FROM scratch', 'COPY d /d']))
      const files = await scene.built()
      assertThat(files.get('d/file')?.startsWith('l '), `d/file is ${files.get('d/file')}`)
      assertThat(files.get('d/directory')?.startsWith('l '), `d/directory is ${files.get('d/directory')}`)
      assertThat(!files.has('d/directory/secret'), 'the directory was entered')
    },
  },
  {
    title: 'a wildcard does not go through a link to a directory outside',
    advisory: 'CVE-2022-24904 (Argo CD)',
    guard: 'packages/builder/src/context/tree/context-files.ts #listed',
    mutant: 'context/the-directories-of-wildcards',
    async attempt(scene) {
      await scene.link('out', scene.outside.path)
      assertRefused(await scene.build(['FROM scratch', 'COPY out/sec* /']), /is not found/)
      assertRefused(await scene.build(['FROM scratch', 'COPY o*/secret /']), /is not found/)
    },
  },
  {
    title: 'a file that is exchanged for a link again and again while builds run gives its own content or an error',
    advisory: 'CVE-2018-15664 (Docker)',
    guard: reading,
    mutant: 'context/the-files-that-were-looked-at',
    async attempt(scene) {
      // As long as the secret: of another length not all of it would be read.
      await scene.write('kept', 'x'.repeat(scene.outside.secret.length))
      const swapping = swap(scene.context, 'file', 'kept', `${scene.outside.path}/secret`)
      for (let round = 0; round < rounds; round += 1) {
        assertSettled(await scene.build(['FROM scratch', `LABEL round=${round}`, 'COPY file /file'], '--no-cache'))
      }
      await swapping.stop()
    },
  },
  {
    title: 'a directory that is exchanged for a link again and again while builds run leads nowhere else',
    advisory: 'CVE-2018-15664 (Docker)',
    guard: opening,
    mutant: 'context/the-no-follow-of-directories',
    async attempt(scene) {
      await scene.write('kept/secret', 'inside')
      // Looking at them all gives the attack time between the look at the directory and its opening.
      for (let at = 0; at < 1500; at += 1) await scene.write(`z${at}`, '')
      const swapping = swap(scene.context, 'd', 'kept', scene.outside.path)
      for (let round = 0; round < rounds; round += 1) {
        assertSettled(await scene.build(['FROM scratch', `LABEL round=${round}`, 'COPY d/secret /s'], '--no-cache'))
      }
      await swapping.stop()
    },
  },
  {
    title: 'a pipe in the context is copied as a pipe, and nobody waits for its writer',
    advisory: 'CWE-400',
    guard: 'packages/builder/src/context/tree/scan-directory.ts typeOf',
    mutant: 'context/the-types-of-pipes',
    async attempt(scene) {
      await run(['mkfifo', join(scene.context, 'pipe')])
      assertDone(await scene.build(['FROM scratch', 'COPY . /']))
      assertThat((await scene.built()).get('pipe')?.startsWith('p '), 'there is no pipe')
    },
  },
  {
    title: 'names that are not UTF-8, of newlines and of escape sequences reach no terminal as they are',
    advisory: 'CVE-2024-52005 (Git)',
    guard: 'packages/cli/src/output/printable.ts printable',
    mutant: 'context/the-orders-to-terminals',
    async attempt(scene) {
      const evil = 'name\u001b]0;owned\u0007\u001bc\r\nSuccessfully built 0123456789ab\u009b31m'
      await scene.write(evil, 'x')
      const built = await scene.build(['FROM scratch', 'COPY . /all/'], '--explain', '--progress=classic')
      assertDone(built)
      const missing = await scene.build(['FROM scratch', `COPY ${JSON.stringify([`${evil}x`, '/'])}`])
      assertRefused(missing, /is not found/)
      assertHarmless(built)
      assertHarmless(missing)
      await run(['sh', '-c', 'printf x > "$(printf \'bad\\377\\033[31m\')"'], { cwd: scene.context })
      const refused = await scene.build(['FROM scratch', 'COPY . /all/'])
      assertRefused(refused, /name that is not UTF-8/)
      assertHarmless(refused)
    },
  },
  {
    title: 'times of a file that are no times for people do not stop a build',
    advisory: 'CWE-1284',
    guard: 'packages/builder/src/build-time.ts within',
    mutant: 'context/the-range-of-times',
    async attempt(scene) {
      // Memory keeps times that disks do not.
      const directory = await mkdtemp(existsSync('/dev/shm') ? '/dev/shm/tsreg-' : join(scene.context, 'd-'))
      try {
        await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY file /\n')
        for (const time of ['9999999999999', '-9999999999999', '300000000000']) {
          await writeFile(join(directory, 'file'), time)
          await run(['touch', '-d', `@${time}`, join(directory, 'file')])
          assertDone(await scene.tsreg('build', directory))
        }
      } finally {
        await rm(directory, { recursive: true })
      }
    },
  },
]

async function copyOfLink(scene: Scene, target: string): Promise<void> {
  await scene.link('link', target)
  for (const verb of ['COPY', 'ADD']) {
    assertRefused(await scene.build(['FROM scratch', `${verb} link /file`]), /link is not found in the build context/)
  }
}

/** Each is won by the attack, where it can be won, with a chance of one in four. */
const rounds = 6

/** Exchanges `name`, as fast as it can, between what `honest` is and a link. */
function swap(context: string, name: string, honest: string, target: string): { stop(): Promise<void> } {
  let isRunning = true
  const at = (path: string) => join(context, path)
  const work = (async () => {
    await symlink(target, at('trap'))
    await rename(at(honest), at(name))
    while (isRunning) {
      await rename(at(name), at(honest))
      await rename(at('trap'), at(name))
      await new Promise((resolve) => setImmediate(resolve))
      await rename(at(name), at('trap'))
      await rename(at(honest), at(name))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await rm(at('trap'))
  })()
  return {
    async stop() {
      isRunning = false
      await work
    },
  }
}
