/**
 * The image trees that are unpacked: a whole Debian, everything a tar can say in two formats, and what umoci, docker and
 * buildah write of changes. None of the layers is made by tsreg.
 * @module
 */

import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeBusyboxLayout } from '../bases/busybox.ts'
import { debianLayout } from '../bases/debian.ts'
import {
  addImage,
  addLayer,
  addLayerTar,
  createLayout,
  type Layer,
  layoutTag,
  platforms,
  writeIndexFile,
} from '../bases/layout.ts'
import { run } from '../harness/command.ts'
import type { DockerDaemon } from '../harness/docker-daemon.ts'
import { toolPath } from '../harness/tools.ts'
import { buildWithBuildah, buildWithDocker } from './built.ts'
import { makeOddTree } from './odd-tree.ts'

export interface TestImage {
  readonly name: string
  /** An OCI layout with the tag `v1`. */
  readonly layout: string
  /** What is special about it. */
  readonly about: string
}

/** @param scale `ci` leaves out nothing but the copies of Debian that `full` changes */
export async function makeImages(
  directory: string,
  daemon: DockerDaemon,
  scale: 'ci' | 'full',
): Promise<readonly TestImage[]> {
  await mkdir(directory)
  const debian = await debianLayout()
  const busybox = await makeBusyboxLayout(join(directory, 'busybox'))
  const base = scale === 'full' ? debian : busybox
  return [
    { name: 'debian', layout: debian, about: 'debootstrap: hard links, setuid programs, devices' },
    {
      name: 'odd-pax',
      layout: await oddLayout(join(directory, 'odd-pax'), ['--format=pax', '--xattrs', '--xattrs-include=*']),
      about: 'GNU tar, PAX: capabilities, attributes, sparse files, long names, large numbers, nanoseconds',
    },
    {
      name: 'odd-gnu',
      layout: await oddLayout(join(directory, 'odd-gnu'), ['--format=gnu']),
      about: 'GNU tar, its own format: long names, sparse files of type S, numbers in base 256',
    },
    {
      name: 'repacked',
      layout: await repackedLayout(join(directory, 'repacked'), debian),
      about: 'umoci repack of a changed Debian: whiteouts, replaced directories, moved files',
    },
    {
      name: 'docker-built',
      layout: await buildWithDocker(join(directory, 'docker-built'), base, daemon),
      about: 'docker build: whiteouts, opaque directories, devices, owners',
    },
    {
      name: 'buildah-built',
      layout: await buildWithBuildah(join(directory, 'buildah-built'), base),
      about: 'buildah bud: whiteouts, opaque directories, devices, owners',
    },
  ]
}

/** Two layers: the odd tree, and one over it that replaces a directory and links into it. */
async function oddLayout(layout: string, format: readonly string[]): Promise<string> {
  const root = `${layout}.root`
  await makeOddTree(root)
  await createLayout(layout)
  const over = `${layout}.over`
  await mkdir(join(over, 'dir'), { recursive: true })
  await writeFile(join(over, 'dir', '.wh.file'), '')
  await writeFile(join(over, 'dir', 'new'), 'over')
  const layers = [await addTar(layout, root, format), await addLayer(layout, over)]
  await writeIndexFile(layout, await addImage(layout, platforms.amd64, layers), layoutTag)
  await rm(root, { recursive: true })
  await rm(over, { recursive: true })
  return layout
}

async function addTar(layout: string, root: string, format: readonly string[]): Promise<Layer> {
  const args = ['--create', '--file=-', `--directory=${root}`, '--sparse', '--sort=name', '--numeric-owner', ...format]
  const tar = spawn('tar', [...args, '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const status = new Promise<number | null>((resolve, reject) => tar.once('error', reject).once('close', resolve))
  const layer = await addLayerTar(layout, tar.stdout, 'gzip')
  if ((await status) !== 0) throw new Error(`tar of ${root} failed with status ${await status}`)
  return layer
}

async function repackedLayout(layout: string, debian: string): Promise<string> {
  await run(['cp', '--archive', debian, layout])
  const bundle = `${layout}.bundle`
  const image = `${layout}:${layoutTag}`
  for (const [number, script] of changes.entries()) {
    await run([toolPath('umoci'), 'unpack', '--image', image, bundle])
    await run(['sh', '-euc', script], { cwd: join(bundle, 'rootfs') })
    await run([toolPath('umoci'), 'repack', '--image', image, bundle, `--history.created_by=change ${number}`])
    await rm(bundle, { recursive: true })
  }
  const index = await readFile(join(layout, 'index.json'), 'utf8')
  if (!index.includes(layoutTag)) throw new Error('umoci lost the tag')
  return layout
}

/** In the root file system, one layer each. */
const changes: readonly string[] = [
  `rm -r usr/share/doc usr/share/man && rm usr/bin/perl etc/hostname
   mv usr/share/perl usr/share/moved
   mkdir usr/share/doc && echo new > usr/share/doc/README
   chmod 4711 usr/bin/chfn && chown 1000:1000 etc/issue && ln -f usr/bin/env usr/bin/env-again`,
  `rm -r usr/share/doc && echo 'a file now' > usr/share/doc
   rm usr/bin/env-again && ln -s env usr/bin/env-again
   rm -r var/lib/apt && ln -s /opt var/lib/apt && rm -r usr/share/moved
   mkfifo run/pipe && mknod run/null c 1 3`,
]
