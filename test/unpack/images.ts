/**
 * The image trees that are unpacked: a whole Debian, everything a tar can say in two formats, and what umoci, docker and
 * buildah write of changes. None of the layers is made by tsreg.
 * @module
 */

import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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

/** @param scale `ci` changes and builds upon a busybox where `full` takes a Debian */
export async function makeImages(
  directory: string,
  daemon: DockerDaemon,
  scale: 'ci' | 'full',
): Promise<readonly TestImage[]> {
  await mkdir(directory)
  const debian = await debianLayout()
  const base = scale === 'full' ? debian : await makeBusyboxLayout(join(directory, 'busybox'))
  const at = (name: string) => join(directory, name)
  const withPax = ['--format=pax', '--sparse', '--xattrs', '--xattrs-include=*']
  // Side by side, for each of them waits for its programs most of the time.
  const [oddPax, oddGnu, repacked, dockerBuilt, buildahBuilt] = await Promise.all([
    oddLayout(at('odd-pax'), withPax, ['.']),
    oddLayout(at('odd-gnu'), ['--format=gnu'], overNames),
    repackedLayout(at('repacked'), base),
    buildWithDocker(at('docker-built'), base, daemon),
    buildWithBuildah(at('buildah-built'), base),
  ])
  return [
    { name: 'debian', layout: debian, about: 'debootstrap: hard links, setuid programs, devices' },
    {
      name: 'odd-pax',
      layout: oddPax,
      about: 'GNU tar, PAX: capabilities, attributes, sparse files, long names, large numbers, nanoseconds',
    },
    {
      name: 'odd-gnu',
      layout: oddGnu,
      about: 'GNU tar, its own format: long names, numbers in base 256; directories that no entry names',
    },
    {
      name: 'repacked',
      layout: repacked,
      about: 'umoci repack of changes: whiteouts, replaced directories, moved files',
    },
    {
      name: 'docker-built',
      layout: dockerBuilt,
      about: 'docker build: whiteouts, opaque directories, devices, owners',
    },
    {
      name: 'buildah-built',
      layout: buildahBuilt,
      about: 'buildah bud: whiteouts, opaque directories, devices, owners',
    },
  ]
}

/** What the second layer of the odd trees has, by the names of its files alone. */
const overNames = ['dir/.wh.file', 'dir/new', 'only/here/file']

/**
 * Two layers: the odd tree, and one over it that deletes and adds.
 * @param paths of the second layer: `.` for everything with its directories, names of files for those alone
 */
async function oddLayout(layout: string, format: readonly string[], paths: readonly string[]): Promise<string> {
  const root = `${layout}.root`
  await makeOddTree(root)
  await createLayout(layout)
  const over = `${layout}.over`
  for (const name of overNames) {
    await mkdir(join(over, dirname(name)), { recursive: true })
    await writeFile(join(over, name), name)
  }
  const layers = [await addTar(layout, root, format), await addLayer(layout, over, { paths })]
  await writeIndexFile(layout, await addImage(layout, platforms.amd64, layers), layoutTag)
  await rm(root, { recursive: true })
  await rm(over, { recursive: true })
  return layout
}

async function addTar(layout: string, root: string, format: readonly string[]): Promise<Layer> {
  const args = ['--create', '--file=-', `--directory=${root}`, '--sort=name', '--numeric-owner', ...format]
  const tar = spawn('tar', [...args, '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const status = new Promise<number | null>((resolve, reject) => tar.once('error', reject).once('close', resolve))
  const layer = await addLayerTar(layout, tar.stdout, 'gzip')
  if ((await status) !== 0) throw new Error(`tar of ${root} failed with status ${await status}`)
  return layer
}

async function repackedLayout(layout: string, base: string): Promise<string> {
  await run(['cp', '--archive', base, layout])
  const bundle = `${layout}.bundle`
  const image = `${layout}:${layoutTag}`
  for (const [number, change] of changes.entries()) {
    // umoci has no entry for a directory whose time is of the same second as before, and others differ without one.
    const script = `${change}\nfind etc srv tmp -type d -exec touch -h -d @160000000${number} {} +`
    await run([toolPath('umoci'), 'unpack', '--image', image, bundle])
    await run(['sh', '-euc', script], { cwd: join(bundle, 'rootfs') })
    await run([toolPath('umoci'), 'repack', '--image', image, bundle, `--history.created_by=change ${number}`])
    await rm(bundle, { recursive: true })
  }
  return layout
}

/**
 * In the root file system, one layer each. No directory with something in it becomes a file: umoci writes whiteouts below the
 * file then, which docker refuses.
 */
const changes: readonly string[] = [
  `mkdir -p srv/doc/deep/er srv/lib srv/moved && echo a > srv/doc/deep/er/a && echo b > srv/lib/b
   ln srv/lib/b srv/lib/b-again && ln -s lib srv/link && echo m > srv/moved/m && chmod 2750 srv/moved
   [ ! -d usr/share/perl ] || { rm -r usr/share/doc usr/share/man usr/bin/perl && mv usr/share/perl usr/share/moved; }
   chown 1000:1000 etc/passwd && rm etc/hosts`,
  `rm -r srv/doc/deep && echo new > srv/doc/README && chmod 4711 srv/lib/b && mv srv/moved srv/lib/moved
   rm srv/link && mkdir srv/link && echo 'not through a link' > srv/link/b`,
  `rm -r srv/doc && mkdir srv/doc && echo again > srv/doc/README && rm srv/lib/b-again && ln -s b srv/lib/b-again
   rm srv/link/b && mkfifo tmp/pipe && mknod tmp/null c 1 3 && echo back > etc/hosts`,
]
