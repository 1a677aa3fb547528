/**
 * Writes OCI image layouts by hand, so that no client under test had a part in what it is tested with.
 * @module
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, createZstdCompress } from 'node:zlib'
import { run } from '../harness/command.ts'

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: Platform
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

export interface Layer {
  readonly descriptor: Descriptor
  /** Digest of the uncompressed tar. */
  readonly diffId: string
}

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  layer: { gzip: 'application/vnd.oci.image.layer.v1.tar+gzip', zstd: 'application/vnd.oci.image.layer.v1.tar+zstd' },
} as const

/** The tag inside every layout made here. */
export const layoutTag = 'v1'

export const platforms = {
  amd64: { os: 'linux', architecture: 'amd64' },
  arm64: { os: 'linux', architecture: 'arm64' },
  armv7: { os: 'linux', architecture: 'arm', variant: 'v7' },
} as const satisfies Readonly<Record<string, Platform>>

/** Makes the directory a layout without content. */
export async function createLayout(directory: string): Promise<void> {
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true })
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}

/** Names the layout's only root `tag`. */
export async function writeIndexFile(directory: string, root: Descriptor, tag: string): Promise<void> {
  const named = { ...root, annotations: { ...root.annotations, 'org.opencontainers.image.ref.name': tag } }
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [named] }
  await writeFile(join(directory, 'index.json'), JSON.stringify(index))
}

/** The names in the root directory of a layout's only image, in byte order; none of its layers removes one. */
export async function rootNames(directory: string): Promise<readonly string[]> {
  const readBlob = async ({ digest }: Descriptor) =>
    JSON.parse(await readFile(join(directory, 'blobs', digest.replace(':', '/')), 'utf8'))
  const index: { manifests: [Descriptor] } = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'))
  const { layers }: { layers: readonly Descriptor[] } = await readBlob(index.manifests[0])
  const names = new Set<string>()
  for (const { digest } of layers) {
    const list = await run(['tar', '--list', '--gzip', `--file=${join(directory, 'blobs', digest.replace(':', '/'))}`])
    for (const path of list.split('\n')) names.add(path.split('/')[1] ?? '')
  }
  return [...names].filter((name) => name !== '').toSorted()
}

/** Adds bytes as a blob; an object is added as its JSON. */
export async function addBlob(directory: string, mediaType: string, content: Buffer | object): Promise<Descriptor> {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
  const hex = createHash('sha256').update(bytes).digest('hex')
  await writeFile(join(directory, 'blobs', 'sha256', hex), bytes)
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length }
}

/** Adds the tree under `root` as a layer, by tar with sorted names, numeric owners and one time stamp. */
export async function addLayer(
  directory: string,
  root: string,
  options: {
    readonly compression?: 'gzip' | 'zstd'
    readonly paths?: readonly string[]
    readonly exclude?: readonly string[]
  } = {},
): Promise<Layer> {
  const { compression = 'gzip', paths = ['.'], exclude = [] } = options
  const tar = spawn(
    'tar',
    [
      ...['--create', '--file=-', `--directory=${root}`, '--one-file-system', '--sort=name', '--numeric-owner'],
      ...['--mtime=@1700000000', '--format=pax', '--pax-option=delete=atime,delete=ctime'],
      ...exclude.map((path) => `--exclude=${path}`),
      ...paths,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const status = new Promise<number | null>((resolve, reject) => tar.once('error', reject).once('close', resolve))
  const layer = await addLayerTar(directory, tar.stdout, compression)
  if ((await status) !== 0) throw new Error(`tar of ${root} failed with status ${await status}`)
  return layer
}

/** An image manifest of these layers with its config. */
export async function addImage(directory: string, platform: Platform, layers: readonly Layer[]): Promise<Descriptor> {
  const config = await addBlob(directory, mediaTypes.config, {
    created: '2023-11-14T22:13:20Z',
    ...platform,
    config: { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map((_, position) => ({ created: '2023-11-14T22:13:20Z', created_by: `layer ${position + 1}` })),
  })
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: layers.map(({ descriptor }) => descriptor),
  }
  return { ...(await addBlob(directory, mediaTypes.manifest, manifest)), platform }
}

/** Adds a tar as it streams by. */
export async function addLayerTar(directory: string, tar: Readable, compression: 'gzip' | 'zstd'): Promise<Layer> {
  const diffId = createHash('sha256')
  const digest = createHash('sha256')
  let size = 0
  const temporary = join(directory, 'blobs', 'layer.partial')
  await pipeline(
    tar,
    passingThrough((chunk) => diffId.update(chunk)),
    compression === 'gzip' ? createGzip() : createZstdCompress(),
    passingThrough((chunk) => {
      digest.update(chunk)
      size += chunk.length
    }),
    createWriteStream(temporary),
  )
  const hex = digest.digest('hex')
  await rename(temporary, join(directory, 'blobs', 'sha256', hex))
  const descriptor = { mediaType: mediaTypes.layer[compression], digest: `sha256:${hex}`, size }
  return { descriptor, diffId: `sha256:${diffId.digest('hex')}` }
}

function passingThrough(see: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      see(chunk)
      done(undefined, chunk)
    },
  })
}
