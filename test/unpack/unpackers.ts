/**
 * Who unpacks: tsreg both ways it knows, umoci, and docker. Each gives the tree it made to the one walker.
 * @module
 */

import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openLayoutReader } from '@tsreg/image'
import { type LayerStack, openSnapshotter, type Snapshotter } from '@tsreg/image/snapshot'
import type { Digest } from '@tsreg/oci'
import { chainIds } from '@tsreg/oci/image'
import { layoutTag } from '../bases/layout.ts'
import { archiveOf, layerDirectory } from '../differential/builders/docker.ts'
import { withMountedLayers } from '../differential/builders/overlay.ts'
import { run } from '../harness/command.ts'
import type { DockerDaemon } from '../harness/docker-daemon.ts'
import { toolPath } from '../harness/tools.ts'
import { readTree, type Tree } from '../harness/tree.ts'
import type { TestImage } from './images.ts'

/** What an image's manifest and config say of its layers. */
export interface Stack extends LayerStack {
  /** Digest of the config. */
  readonly imageId: string
}

export async function readStack(layout: string): Promise<Stack> {
  const blob = async (digest: string) =>
    JSON.parse(await readFile(join(layout, 'blobs', digest.replace(':', '/')), 'utf8'))
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
  const manifest = await blob(index.manifests[0].digest)
  const config = await blob(manifest.config.digest)
  return { layers: manifest.layers, diffIds: config.rootfs.diff_ids, imageId: manifest.config.digest }
}

/** The layers as they lie in its snapshots: on overlayfs the kernel lays them over each other, elsewhere one holds them all. */
export async function unpackWithTsreg(directory: string, kind: Snapshotter['kind'], image: TestImage): Promise<Tree> {
  const snapshotter = await openSnapshotter(directory, { kind, durable: false })
  const stack = await readStack(image.layout)
  const top = await snapshotter.unpack(await openLayoutReader(image.layout), stack)
  const unpacked = kind === 'overlay' ? chainIds(stack.diffIds) : [top as Digest]
  const layers = await Promise.all(
    unpacked.map(async (chainId) => {
      const root = await snapshotter.lookup(chainId, '/')
      if (root === undefined) throw new Error(`${kind}: chain ${chainId} has no root`)
      return root.location
    }),
  )
  return withMountedLayers(join(directory, `${image.name}.mounted`), layers, readTree)
}

export async function unpackWithUmoci(directory: string, image: TestImage): Promise<Tree> {
  const bundle = join(directory, image.name)
  await run([toolPath('umoci'), 'unpack', '--image', `${image.layout}:${layoutTag}`, bundle])
  try {
    return await readTree(join(bundle, 'rootfs'))
  } finally {
    await rm(bundle, { recursive: true })
  }
}

/** The layers as `docker load` leaves them, mounted over each other as docker does. */
export async function unpackWithDocker(directory: string, daemon: DockerDaemon, image: TestImage): Promise<Tree> {
  const docker = (...args: readonly string[]) => run([daemon.program, ...args], { env: daemon.env })
  await docker('load', '--input', await archiveOf(directory, image.name, image.layout))
  const driver = await docker('info', '--format', '{{.Driver}}')
  const { diffIds } = await readStack(image.layout)
  const layers = await Promise.all(
    diffIds.map((_, at) => layerDirectory(daemon.root, driver, diffIds.slice(0, at + 1))),
  )
  return withMountedLayers(
    join(directory, `${image.name}.mounted`),
    driver === 'vfs' ? layers.slice(-1) : layers,
    readTree,
  )
}
