/**
 * Links in the root file system of an image: where COPY, ADD, WORKDIR, USER and VOLUME lead, they lead inside of it.
 * @module
 */

import { tar } from '@tsreg/testkit'
import { assertEqual, assertThat } from '../../harness/report.ts'
import { type Attack, assertDone, assertRefused, assertSettled, type Scene } from '../attack.ts'
import { baseWith, linkTo } from '../hostile-base.ts'

const placing = 'packages/builder/src/copy/place-sources.ts placeSource'
const owners = 'packages/builder/src/rootfs/owner.ts linesOf'
const users = 'packages/runtime/src/rootfs/inside.ts readFileInside'

export const destinationAttacks: readonly Attack[] = [
  {
    title: 'COPY to a link that climbs out of the image lands in the image',
    advisory: 'CVE-2014-9356 (Docker)',
    guard: placing,
    mutant: 'builder/the-destination-of-a-copy-is-resolved',
    attempt: (scene) => copyTo(scene, '/dest/', scene.outside.climbing),
  },
  {
    title: 'COPY to an absolute link lands in the image',
    advisory: 'CVE-2014-6407 (Docker)',
    guard: placing,
    mutant: 'builder/the-destination-of-a-copy-is-resolved',
    attempt: (scene) => copyTo(scene, '/dest/', scene.outside.path),
  },
  {
    title: 'COPY to a place whose parent is a link lands in the image',
    advisory: 'CVE-2014-6407 (Docker)',
    guard: placing,
    mutant: 'builder/the-destination-of-a-copy-is-resolved',
    async attempt(scene) {
      const image = await scene.publish({ layers: [tar([linkTo('dest', scene.outside.climbing)])] })
      await scene.write('file', 'inside')
      assertDone(await scene.build([`FROM ${image}`, 'COPY file /dest/deep/secret']))
      assertEqual(await scene.content(`${scene.outside.path.slice(1)}/deep/secret`), 'inside', 'the file')
    },
  },
  {
    title: 'COPY to a link to /proc/self/root lands in a directory of the image',
    advisory: 'CVE-2014-9356 (Docker)',
    guard: placing,
    mutant: 'builder/the-destination-of-a-copy-is-resolved',
    async attempt(scene) {
      const target = `/proc/self/root${scene.outside.path}`
      const image = await scene.publish({ layers: [tar([linkTo('dest', target)])] })
      await scene.write('secret', 'inside')
      assertDone(await scene.build([`FROM ${image}`, 'COPY secret /dest/']))
      assertEqual(await scene.content(`${target.slice(1)}/secret`), 'inside', 'the file')
    },
  },
  {
    title: 'WORKDIR through a link makes its directory in the image, and a command works there',
    advisory: 'CVE-2024-21626 (runc)',
    guard: 'packages/builder/src/rootfs/resolve.ts resolvePath',
    mutant: 'builder/links-stay-inside-the-root',
    runs: true,
    async attempt(scene) {
      const image = await baseWith(scene, [linkTo('w', scene.outside.climbing)])
      const built = await scene.build([`FROM ${image}`, 'WORKDIR /w/new', 'RUN pwd; echo made > made'])
      assertDone(built)
      assertThat(built.stdout.includes(`${scene.outside.path}/new`), `it worked elsewhere: ${built.stdout}`)
    },
  },
  {
    title: 'WORKDIR in /proc/self/fd, also behind a link, is no way to the file system of the machine',
    advisory: 'CVE-2024-21626 (runc)',
    guard: 'packages/runtime/src/rootfs/working-directory.ts checkWorkingDirectory',
    mutant: 'runtime/the-refusal-of-directories-of-processes',
    runs: true,
    async attempt(scene) {
      const image = await baseWith(scene, [linkTo('fd', '/proc/self/fd/8')])
      const read = `RUN cat ${'../'.repeat(12)}${scene.outside.path.slice(1)}/secret; true`
      for (const directory of ['/proc/self/fd/7', '/fd', '/fd/..']) {
        const built = await scene.build([`FROM ${image}`, `WORKDIR ${directory}`, read])
        assertRefused(built, /where no process may begin/)
      }
    },
  },
  {
    title: '--chown looks for names in the /etc/passwd of the image, also where that is a link to one outside',
    advisory: 'CVE-2019-14271 (Docker), in kind',
    guard: owners,
    mutant: 'builder/users-are-looked-up-inside-the-image',
    async attempt(scene) {
      await scene.write('file', 'x')
      for (const target of [scene.outside.path, scene.outside.climbing, `/proc/self/root${scene.outside.path}`]) {
        const links = [linkTo('etc/passwd', `${target}/passwd`), linkTo('etc/group', `${target}/group`)]
        const image = await scene.publish({ layers: [tar(links)] })
        const built = await scene.build([`FROM ${image}`, 'COPY --chown=intruder file /'])
        assertRefused(built, /no user or group "intruder"/)
      }
      const inside = [linkTo('etc/passwd', `${scene.outside.climbing}/passwd`), linkTo('etc/group', 'passwd')]
      const own = { name: `${scene.outside.path.slice(1)}/passwd`, content: 'insider:x:7:7::/:/bin/sh\n' }
      const image = await scene.publish({ layers: [tar([...inside, own])] })
      assertDone(await scene.build([`FROM ${image}`, 'COPY --chown=insider file /']))
      assertEqual((await scene.built()).get('file')?.split(' ')[1], '7/7', 'the owner')
    },
  },
  {
    title: '--chown waits for no pipe and reads no endless file in the place of /etc/passwd',
    advisory: 'CWE-400',
    guard: owners,
    mutant: 'builder/a-file-of-users-is-small-and-a-file',
    async attempt(scene) {
      await scene.write('file', 'x')
      const pipe = await scene.publish({ layers: [tar([{ name: 'etc/passwd', type: 'fifo' }])] })
      assertRefused(await scene.build([`FROM ${pipe}`, 'COPY --chown=intruder file /']), /no user or group/)
      const huge = `${`${'x'.repeat(1023)}\n`.repeat(17 * 1024)}intruder:x:7:7::/:/bin/sh\n`
      const large = await scene.publish({ layers: [tar([{ name: 'etc/passwd', content: huge }])] })
      assertRefused(await scene.build([`FROM ${large}`, 'COPY --chown=intruder file /']), /no user or group/)
    },
  },
  {
    title: 'USER looks for names in the /etc/passwd of the image, also where that is a link to one outside',
    advisory: 'CVE-2019-14271 (Docker), in kind',
    guard: 'packages/runtime/src/rootfs/inside.ts walkTo',
    mutant: 'runtime/links-that-climb',
    runs: true,
    async attempt(scene) {
      for (const target of [scene.outside.path, scene.outside.climbing]) {
        const image = await baseWith(scene, [linkTo('etc/passwd', `${target}/passwd`)])
        const built = await scene.build([`FROM ${image}`, 'USER intruder', 'RUN id'])
        assertRefused(built, /unable to find user intruder/)
      }
    },
  },
  {
    title: 'USER waits for no pipe and reads no endless file in the place of /etc/passwd',
    advisory: 'CWE-400',
    guard: users,
    mutant: 'runtime/the-size-of-files',
    runs: true,
    async attempt(scene) {
      const pipe = await baseWith(scene, [{ name: 'etc/passwd', type: 'fifo' }])
      assertRefused(await scene.build([`FROM ${pipe}`, 'USER intruder', 'RUN id']), /unable to find user/)
      const huge = `${'x'.repeat(1023)}\n`.repeat(17 * 1024)
      const large = await baseWith(scene, [{ name: 'etc/passwd', content: huge }])
      assertRefused(await scene.build([`FROM ${large}`, 'USER intruder', 'RUN id']), /has \d+ bytes, more than/)
    },
  },
  {
    title: 'VOLUME through links of the image, and through those of a command, empties nothing outside',
    advisory: 'CVE-2022-23648 (containerd), CVE-2024-23652 (BuildKit)',
    guard: 'packages/builder/src/rootfs/volumes.ts ownPath',
    mutant: 'builder/links-on-the-way-to-a-volume-are-not-followed',
    runs: true,
    async attempt(scene) {
      const { climbing } = scene.outside
      const image = await baseWith(scene, [linkTo('v', climbing), { name: 'u/deep/', type: 'directory' }])
      const command = `RUN rm -r /u && ln -s ${climbing} /u; echo x > /v/file; true`
      assertSettled(await scene.build([`FROM ${image}`, 'VOLUME ["/v", "/v/deep", "/u/deep", "/new"]', command]))
    },
  },
]

async function copyTo(scene: Scene, destination: string, target: string): Promise<void> {
  const image = await scene.publish({ layers: [tar([linkTo('dest', target)])] })
  await scene.write('secret', 'inside')
  for (const verb of ['COPY', 'ADD']) {
    assertDone(await scene.build([`FROM ${image}`, `${verb} secret ${destination}`]))
    assertEqual(await scene.content(`${scene.outside.path.slice(1)}/secret`), 'inside', 'the file')
  }
}
