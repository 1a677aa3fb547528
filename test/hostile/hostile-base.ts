/**
 * Images with a shell and with something in them that the shell would not put there.
 * @module
 */

import { readFile } from 'node:fs/promises'
import { type TarEntry, tar } from '@tsreg/testkit'
import { toolPath } from '../harness/tools.ts'
import type { Scene } from './attack.ts'
import type { PublishedImage } from './published.ts'

/** A shell and what it can do, in one layer. */
export async function smallBase(): Promise<Uint8Array> {
  const applets = ['sh', 'cat', 'ls', 'id', 'ln', 'rm', 'mkdir', 'echo', 'pwd', 'true', 'printf', 'mkfifo', 'mv']
  return tar([
    ...['bin/', 'data/', 'etc/', 'tmp/'].map((name) => ({ name, type: 'directory' }) as const),
    { name: 'bin/busybox', content: await readFile(toolPath('busybox')), mode: 0o755 },
    ...applets.map((name) => ({ name: `bin/${name}`, type: 'symlink', linkName: 'busybox' }) as const),
    { name: 'etc/passwd', content: 'root:x:0:0:root:/:/bin/sh\nworker:x:1000:1000::/:/bin/sh\n' },
    { name: 'etc/group', content: 'root:x:0:\nworker:x:1000:\n' },
  ])
}

/** The small base with a layer of these entries above it; returns its reference. */
export async function baseWith(
  scene: Scene,
  entries: readonly TarEntry[],
  more: Partial<PublishedImage> = {},
): Promise<string> {
  return scene.publish({ layers: [await smallBase(), tar(entries)], ...more })
}

/** A symbolic link. */
export function linkTo(name: string, linkName: string): TarEntry {
  return { name, type: 'symlink', linkName }
}
