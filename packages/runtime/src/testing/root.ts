/**
 * For tests: a root file system of busybox, and snapshots of it that need no images.
 * @module
 */
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Snapshot } from '@tsreg/image/snapshot'

const busybox = '/bin/busybox'

/**
 * What is missing here for tests that run containers; undefined when nothing is.
 * @throws Error where nothing may be missing: `TSREG_RUNTIME_REQUIRED`
 */
export function missingForContainers(): string | undefined {
  const missing = firstMissing()
  if (missing === undefined || process.env.TSREG_RUNTIME_REQUIRED === undefined) return missing
  throw new Error(`tests of containers need ${missing}`)
}

function firstMissing(): string | undefined {
  if (process.platform !== 'linux') return 'Linux'
  if (process.getuid?.() !== 0) return 'root'
  const programs = { runc: ['/usr/sbin/runc', '/usr/bin/runc'], conmon: ['/usr/bin/conmon'], busybox: [busybox] }
  return Object.entries(programs).find(([, paths]) => !paths.some((path) => existsSync(path)))?.[0]
}

/** Makes a root file system with the programs of busybox at `directory`. */
export function makeRoot(directory: string): void {
  for (const name of ['bin', 'etc', 'dev', 'proc', 'sys', 'tmp', 'root']) {
    mkdirSync(join(directory, name), { recursive: true })
  }
  copyFileSync(busybox, join(directory, 'bin/busybox'))
  const names =
    'cat cp echo env false grep head hostname id kill ln ls mkdir mknod mount ps rm setsid sh sleep stat stty test touch true wc yes'
  for (const name of names.split(' ')) symlinkSync('busybox', join(directory, 'bin', name))
  writeFileSync(join(directory, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/var/www:/bin/sh\n')
  writeFileSync(join(directory, 'etc/group'), 'root:x:0:\nwheel:x:10:root,web\nweb:x:34:\n')
  for (const name of ['hosts', 'hostname', 'resolv.conf']) writeFileSync(join(directory, 'etc', name), '')
}

/** A writable layer over a directory with a root file system, by overlayfs, as a snapshotter gives it. */
export function makeSnapshot(directory: string, key: string, lower: string): Snapshot {
  for (const name of ['upper', 'work']) mkdirSync(join(directory, key, name), { recursive: true })
  const options = [`lowerdir=${lower}`, `upperdir=${key}/upper`, `workdir=${key}/work`]
  return {
    key,
    parent: undefined,
    upperDirectory: join(directory, key, 'upper'),
    directory: join(directory, key),
    mount: { type: 'overlay', source: 'overlay', workingDirectory: directory, options },
  }
}
