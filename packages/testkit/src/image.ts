/**
 * Images made out of a seed: real tar layers, a config whose diff IDs are true, a manifest of either family.
 * @module
 */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type Digest, digestOf, mediaTypes, type Platform } from '@tsreg/oci'
import { type Content, type ContentGraph, contentOf, jsonContent } from './content.ts'
import { randomBytes, seeded } from './random.ts'
import { type TarEntry, tar } from './tar.ts'

/** Whose media types a manifest has. */
export type MediaTypeFamily = 'oci' | 'docker'

export interface ImageOptions {
  /** Another seed gives another image. @default 1 */
  readonly seed?: number
  /** How many layers of one random file each, or the entries of each layer. @default 2 */
  readonly layers?: number | readonly (readonly TarEntry[])[]
  /** Bytes of the file of a random layer. @default 1000 */
  readonly layerBytes?: number
  /** @default 'oci' */
  readonly family?: MediaTypeFamily
  /** @default 'gzip' */
  readonly compression?: 'none' | 'gzip' | 'zstd'
  /** @default linux/amd64 */
  readonly platform?: Platform
  /** Fields of the config's `config`: Cmd, Env, ... */
  readonly config?: Readonly<Record<string, unknown>>
  readonly annotations?: Readonly<Record<string, string>>
}

export interface MadeImage extends ContentGraph {
  readonly config: Content
  readonly layers: readonly Content[]
  /** Digests of the uncompressed layers. */
  readonly diffIds: readonly Digest[]
  readonly platform: Platform
}

/** The same options give the same bytes (on one version of Node, whose zlib compresses). */
export function makeImage(options: ImageOptions = {}): MadeImage {
  const { seed = 1, family = 'oci', compression = 'gzip', annotations } = options
  const platform = options.platform ?? { os: 'linux', architecture: 'amd64' }
  const archives = layerEntries(options).map(tar)
  const diffIds = archives.map((archive) => digestOf(archive))
  const types = typesOf[family]
  const layers = archives.map((archive) => contentOf(types[compression], compressors[compression](archive)))
  const config = jsonContent(types.config, {
    created: '1970-01-01T00:00:00Z',
    ...platform,
    config: { Cmd: ['/bin/sh'], Labels: { seed: String(seed) }, ...options.config },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map((_, index) => ({ created: '1970-01-01T00:00:00Z', created_by: `layer ${index}` })),
  })
  const manifest = jsonContent(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    ...(annotations === undefined ? {} : { annotations }),
  })
  const blobs = new Map([...layers, config].map((blob) => [blob.descriptor.digest, blob]))
  return { manifest, blobs, config, layers, diffIds, platform }
}

function layerEntries({ seed = 1, layers = 2, layerBytes = 1000 }: ImageOptions): readonly (readonly TarEntry[])[] {
  if (typeof layers !== 'number') return layers
  const random = seeded(seed)
  return Array.from({ length: layers }, (_, index) => [
    { name: 'data/', type: 'directory' },
    { name: `data/${index}`, content: randomBytes(random, layerBytes) },
  ])
}

const compressors = {
  none: (bytes: Uint8Array): Uint8Array => bytes,
  gzip: (bytes: Uint8Array): Uint8Array => gzipSync(bytes),
  zstd: (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes),
} as const

const typesOf = {
  oci: {
    manifest: mediaTypes.ociManifest,
    config: mediaTypes.ociConfig,
    none: mediaTypes.ociLayer,
    gzip: mediaTypes.ociLayerGzip,
    zstd: mediaTypes.ociLayerZstd,
  },
  docker: {
    manifest: mediaTypes.dockerManifest,
    config: mediaTypes.dockerConfig,
    none: mediaTypes.dockerLayer,
    gzip: mediaTypes.dockerLayerGzip,
    zstd: mediaTypes.dockerLayerZstd,
  },
} as const
