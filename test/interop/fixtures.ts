/**
 * What every client has to move: a Debian of over 100 MB, an index of several platforms, an image with a zstd layer, and
 * an artifact that is no image.
 * @module
 */

import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { debianLayout } from '../bases/debian.ts'
import {
  addBlob,
  addImage,
  addLayer,
  createLayout,
  type Descriptor,
  type Layer,
  layoutTag,
  mediaTypes,
  platforms,
  writeIndexFile,
} from '../bases/layout.ts'
import { createRandom, type Random } from '../harness/random.ts'
import { toolPath } from '../harness/tools.ts'
import { type Content, readContent } from './content.ts'

export type FixtureName = 'debian' | 'index' | 'zstd' | 'artifact'

export interface Fixture extends Content {
  readonly name: FixtureName
  /** An OCI layout directory whose only root is tagged `v1`. */
  readonly layout: string
}

/** Builds the small ones under `directory`; Debian is built once per machine and taken from the cache. */
export async function makeFixtures(directory: string, seed: number): Promise<readonly Fixture[]> {
  const random = createRandom(seed, 'interop fixtures')
  const small = { index: makeIndex, zstd: makeZstdImage, artifact: makeArtifact } as const
  // A plain path: podman and buildah make a repository name of it, and the cache's may not be one.
  const debian = join(directory, 'debian')
  await symlink(await debianLayout(), debian)
  const made: Fixture[] = [await fixtureOf('debian', debian)]
  for (const [name, make] of Object.entries(small)) {
    const layout = join(directory, name)
    await createLayout(layout)
    await writeIndexFile(layout, await make(layout, random), layoutTag)
    made.push(await fixtureOf(name as FixtureName, layout))
  }
  return made
}

async function fixtureOf(name: FixtureName, layout: string): Promise<Fixture> {
  return { name, layout, ...(await readContent(layout)) }
}

async function makeIndex(layout: string, random: Random): Promise<Descriptor> {
  const manifests: Descriptor[] = []
  for (const platform of Object.values(platforms)) {
    const layer = await addSmallLayer(layout, random, 'gzip')
    manifests.push(await addImage(layout, platform, [layer]))
  }
  return addBlob(layout, mediaTypes.index, { schemaVersion: 2, mediaType: mediaTypes.index, manifests })
}

async function makeZstdImage(layout: string, random: Random): Promise<Descriptor> {
  const layers = [await addSmallLayer(layout, random, 'zstd'), await addSmallLayer(layout, random, 'zstd')]
  return addImage(layout, platforms.amd64, layers)
}

async function makeArtifact(layout: string, random: Random): Promise<Descriptor> {
  const config = await addBlob(layout, mediaTypes.empty, {})
  const notes = await addBlob(layout, 'text/markdown', Buffer.from(`# Release ${random.integer(1, 999)}\n`))
  const data = await addBlob(layout, 'application/vnd.example.model', random.bytes(random.integer(200_000, 900_000)))
  const named = { ...notes, annotations: { 'org.opencontainers.image.title': 'NOTES.md' } }
  const artifactType = 'application/vnd.example.release'
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, artifactType, config, layers: [named, data] }
  return { ...(await addBlob(layout, mediaTypes.manifest, manifest)), artifactType }
}

/** Busybox and some bytes that no other layer has. */
async function addSmallLayer(layout: string, random: Random, compression: 'gzip' | 'zstd'): Promise<Layer> {
  const root = join(dirname(layout), `root.${random.integer(0, 2 ** 32 - 1)}`)
  await mkdir(join(root, 'bin'), { recursive: true })
  await copyFile(toolPath('busybox'), join(root, 'bin', 'sh'))
  await writeFile(join(root, 'unique'), random.bytes(random.integer(10_000, 300_000)))
  const layer = await addLayer(layout, root, { compression })
  await rm(root, { recursive: true })
  return layer
}
