/**
 * A busybox image: the static program, its usual applets as symbolic links, and the few files that programs look for.
 * @module
 */

import { chmod, copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../harness/command.ts'
import { toolPath } from '../harness/tools.ts'
import { addImage, addLayer, createLayout, layoutTag, platforms, writeIndexFile } from './layout.ts'

/** Makes the layout `directory`: the same program gives the same image. Needs root, for the owners. */
export async function makeBusyboxLayout(directory: string): Promise<string> {
  const root = `${directory}.root`
  await writeRoot(root)
  await createLayout(directory)
  const layers = [await addLayer(directory, root)]
  await writeIndexFile(directory, await addImage(directory, platforms.amd64, layers), layoutTag)
  await rm(root, { recursive: true })
  return directory
}

async function writeRoot(root: string): Promise<void> {
  for (const name of ['bin', 'dev', 'etc', 'home', 'proc', 'sys', 'usr/bin', 'usr/sbin', 'sbin', 'var/tmp']) {
    await mkdir(join(root, name), { recursive: true, mode: 0o755 })
  }
  for (const [name, mode] of [
    ['root', 0o700],
    ['tmp', 0o1777],
    ['var/tmp', 0o1777],
  ] as const) {
    await mkdir(join(root, name), { recursive: true })
    await chmod(join(root, name), mode)
  }
  await copyFile(toolPath('busybox'), join(root, 'bin', 'busybox'))
  await chmod(join(root, 'bin', 'busybox'), 0o755)
  const applets = (await run([toolPath('busybox'), '--list'])).split('\n').filter((applet) => applet !== 'busybox')
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet))
  await symlink('../../bin/env', join(root, 'usr', 'bin', 'env'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text, { mode: 0o644 })
}

const files = {
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/sh',
    'daemon:x:1:1:daemon:/usr/sbin:/bin/false',
    'worker:x:1000:1000:worker:/home/worker:/bin/sh',
    'guest:x:1001:100:guest:/home/guest:/bin/sh',
    '',
  ].join('\n'),
  'etc/group': ['root:x:0:', 'daemon:x:1:', 'users:x:100:guest', 'staff:x:50:worker,guest', 'worker:x:1000:', ''].join(
    '\n',
  ),
  'etc/hosts': '127.0.0.1 localhost\n',
} as const
