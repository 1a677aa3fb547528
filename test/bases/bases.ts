/**
 * The images that everything is built from, made here: a busybox and a Debian.
 * @module
 */

import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { makeBusyboxLayout } from './busybox.ts'
import { debianLayout } from './debian.ts'

export interface Bases {
  /** Layout directories with the one tag `v1`, on plain paths: podman and buildah make repository names of them. */
  readonly busybox: string
  readonly debian: string
}

/** Makes both under `directory`; Debian is linked there from the cache of the machine. Needs root. */
export async function makeBases(directory: string): Promise<Bases> {
  const debian = join(directory, 'debian')
  await symlink(await debianLayout(), debian)
  return { busybox: await makeBusyboxLayout(join(directory, 'busybox')), debian }
}
