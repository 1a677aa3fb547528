/**
 * Images in a storage that buildah manages: their stored config, and their layers through a mount of the kernel's.
 * @module
 */

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutTag } from '../../bases/layout.ts'
import { run } from '../../harness/command.ts'
import { type ContainersStorage, prepareContainersStorage } from '../../harness/containers-storage.ts'
import { unmountBelow } from '../../harness/mounts.ts'
import { toolPath } from '../../harness/tools.ts'
import { readTree, type Tree } from '../../harness/tree.ts'
import type { BaseLayouts, ImageConfig } from '../builder.ts'
import { withMountedLayers } from './overlay.ts'

export interface ContainersStore extends ContainersStorage {
  /** Runs buildah on this storage. @throws Error with what it said */
  buildah(...args: readonly string[]): Promise<string>
  /** Takes an image from an OCI layout, or says what is wrong with it; returns its ID. */
  pull(layout: string, reference: string): Promise<string>
  configOf(id: string): Promise<ImageConfig>
  treeOf(id: string): Promise<Tree>
  /** Removes what buildah leaves mounted. */
  close(): Promise<void>
}

/** Opens a storage in `directory` with the bases in it, as `localhost/<name>:latest`. */
export async function openContainersStore(directory: string, bases: BaseLayouts): Promise<ContainersStore> {
  const storage = await prepareContainersStorage(directory)
  const { env, policy } = storage
  const buildah = (...args: readonly string[]) => run([toolPath('buildah'), ...args], { env })
  const pull = (layout: string, reference: string) =>
    buildah('pull', '--quiet', '--signature-policy', policy, `oci:${layout}:${reference}`)
  for (const [name, layout] of Object.entries(bases)) {
    await buildah('tag', await pull(layout, layoutTag), `localhost/${name}:latest`)
  }
  return {
    ...storage,
    buildah,
    pull,
    async configOf(id) {
      const { Config } = JSON.parse(await buildah('inspect', '--type', 'image', id))
      return JSON.parse(Config)
    },
    async treeOf(id) {
      return withMountedLayers(join(directory, 'mounted'), await layerDirectories(directory, id), readTree)
    },
    async close() {
      await buildah('rm', '--all')
      await unmountBelow(directory)
    },
  }
}

/** Where the storage has the layers of an image, the lowest first; with vfs the uppermost holds the whole tree. */
async function layerDirectories(directory: string, id: string): Promise<readonly string[]> {
  const storage = join(directory, 'storage')
  const driver = existsSync(join(storage, 'overlay')) ? 'overlay' : 'vfs'
  const images: readonly StoredImage[] = JSON.parse(
    await readFile(join(storage, `${driver}-images`, 'images.json'), 'utf8'),
  )
  const layers: readonly StoredLayer[] = JSON.parse(
    await readFile(join(storage, `${driver}-layers`, 'layers.json'), 'utf8'),
  )
  const directories: string[] = []
  let layer = images.find((image) => image.id === id.replace(/^sha256:/, ''))?.layer
  while (layer !== undefined && layer !== '') {
    directories.unshift(driver === 'vfs' ? join(storage, 'vfs', 'dir', layer) : join(storage, driver, layer, 'diff'))
    layer = layers.find((each) => each.id === layer)?.parent
  }
  return driver === 'vfs' ? directories.slice(-1) : directories
}

interface StoredImage {
  readonly id: string
  readonly layer?: string
}

interface StoredLayer {
  readonly id: string
  readonly parent?: string
}
