/**
 * Images in a storage that buildah manages: their stored config, and their tree through a mount of buildah's.
 * @module
 */

import { layoutTag } from '../../bases/layout.ts'
import { run } from '../../harness/command.ts'
import { type ContainersStorage, prepareContainersStorage } from '../../harness/containers-storage.ts'
import { unmountBelow } from '../../harness/mounts.ts'
import { toolPath } from '../../harness/tools.ts'
import { readTree, type Tree } from '../../harness/tree.ts'
import type { BaseLayouts, ImageConfig } from '../builder.ts'

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
      const container = await buildah('from', '--signature-policy', policy, id)
      try {
        return await readTree(await buildah('mount', container))
      } finally {
        await buildah('rm', container)
      }
    },
    async close() {
      await buildah('rm', '--all')
      await unmountBelow(directory)
    },
  }
}
