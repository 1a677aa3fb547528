/**
 * The images of a docker archive as content of a registry: manifests are made, and layers compressed, when an image is
 * resolved for the first time.
 * @module
 */
import { availableParallelism } from 'node:os'
import { Readable } from 'node:stream'
import { type Descriptor, type Digest, descriptorOf, isDigest, isManifestType, mediaTypes, OciError } from '@tsreg/oci'
import { type FetchOptions, maxManifestBytes, type OperationOptions } from '@tsreg/oci/content'
import { type ImageConfig, parseImageConfig } from '@tsreg/oci/image'
import { ImageError } from '../errors.ts'
import type { ImageArchive } from './archive.ts'
import { type DockerLayer, prepareLayer } from './docker-layer.ts'
import type { DockerArchiveEntry } from './docker-manifest.ts'
import type { OpenArchiveOptions, TarArchive } from './tar-archive.ts'

/** What is held of an archive while it is open. */
interface Prepared {
  readonly tar: TarArchive
  readonly options: OpenArchiveOptions
  /** By the place in the archive: two names of one file are one layer. */
  readonly layers: Map<string, Promise<DockerLayer>>
  readonly contents: Map<Digest, { readonly size: number; open(options: FetchOptions): Readable }>
}

/** The archive; closes the file with itself. */
export function dockerArchive(
  tar: TarArchive,
  entries: readonly DockerArchiveEntry[],
  { temporaryDirectory }: OpenArchiveOptions,
): ImageArchive {
  const prepared: Prepared = { tar, options: { temporaryDirectory }, layers: new Map(), contents: new Map() }
  return {
    location: tar.location,
    format: 'docker',
    images: async () =>
      entries.map(({ references }, at) => ({ references, selector: references[0] ?? `@${at}`, digest: undefined })),
    tags: () => listReferences(entries),
    resolve: (reference, options = {}) => resolve(prepared, entries, reference, options),
    exists: async (target) => prepared.contents.get(target.digest)?.size === target.size,
    fetch: async (target, options = {}) => {
      options.signal?.throwIfAborted()
      const content = prepared.contents.get(target.digest)
      if (content !== undefined) return content.open(options)
      throw new OciError(
        isManifestType(target.mediaType) ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN',
        `${target.digest} is not in ${tar.location}`,
        { detail: { digest: target.digest, location: tar.location } },
      )
    },
    [Symbol.asyncDispose]: async () => {
      const layers = await Promise.allSettled(prepared.layers.values())
      for (const layer of layers) if (layer.status === 'fulfilled') await layer.value.close()
      await tar.close()
    },
  }
}

async function* listReferences(entries: readonly DockerArchiveEntry[]): AsyncGenerator<string, void, undefined> {
  yield* new Set(entries.flatMap(({ references }) => references).sort())
}

/** A name, `@<position>`, or the digest of a manifest that the archive makes. */
async function resolve(
  prepared: Prepared,
  entries: readonly DockerArchiveEntry[],
  reference: string,
  options: OperationOptions,
): Promise<Descriptor> {
  options.signal?.throwIfAborted()
  const found = entries.find(({ references }, at) => references.includes(reference) || reference === `@${at}`)
  const candidates = found !== undefined ? [found] : isDigest(reference) ? entries : []
  for (const entry of candidates) {
    const manifest = await prepareImage(prepared, entry, options)
    if (entry === found || manifest.digest === reference) return manifest
  }
  const { location } = prepared.tar
  throw new OciError('MANIFEST_UNKNOWN', `${reference} is not in ${location}`, { detail: { reference, location } })
}

async function prepareImage(
  prepared: Prepared,
  entry: DockerArchiveEntry,
  options: OperationOptions,
): Promise<Descriptor> {
  const { bytes, config } = await readConfig(prepared.tar, entry)
  const layers = await prepareLayers(prepared, entry, config.rootfs.diff_ids, options)
  for (const layer of layers) {
    prepared.contents.set(layer.descriptor.digest, { size: layer.descriptor.size, open: (range) => layer.open(range) })
  }
  const configDescriptor = hold(prepared, mediaTypes.dockerConfig, bytes)
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: configDescriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  }
  return hold(prepared, mediaTypes.dockerManifest, Buffer.from(JSON.stringify(manifest)))
}

function hold(prepared: Prepared, mediaType: string, bytes: Uint8Array): Descriptor {
  const descriptor = descriptorOf(mediaType, bytes)
  prepared.contents.set(descriptor.digest, {
    size: bytes.byteLength,
    open: ({ offset = 0 }) => Readable.from([bytes.subarray(offset)], { objectMode: false }),
  })
  return descriptor
}

async function readConfig(
  tar: TarArchive,
  entry: DockerArchiveEntry,
): Promise<{ readonly bytes: Uint8Array; readonly config: ImageConfig }> {
  const bytes = await tar.read(entry.config, maxManifestBytes)
  if (bytes === undefined) throw invalid(tar, `it has no config ${JSON.stringify(entry.config.slice(0, 300))}`)
  let config: ImageConfig
  try {
    config = parseImageConfig(bytes)
  } catch (cause) {
    throw invalid(tar, `the config ${JSON.stringify(entry.config.slice(0, 300))}: ${(cause as Error).message}`, cause)
  }
  const { diff_ids: diffIds } = config.rootfs
  if (diffIds.length === entry.layers.length) return { bytes, config }
  throw invalid(tar, `${entry.config} names ${diffIds.length} layers, manifest.json ${entry.layers.length}`)
}

/** Compressing takes most of the time, so layers are prepared side by side; the first failure ends it. */
async function prepareLayers(
  prepared: Prepared,
  entry: DockerArchiveEntry,
  diffIds: readonly Digest[],
  { signal }: OperationOptions,
): Promise<readonly DockerLayer[]> {
  const jobs = diffIds.entries()
  const done: DockerLayer[] = []
  const failure = new AbortController()
  const inner = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal])
  const work = async (): Promise<void> => {
    for (const [at, diffId] of jobs) {
      try {
        done[at] = await layerOnce(prepared, entry.layers[at] ?? '', diffId, inner)
      } catch (error) {
        failure.abort(error)
      }
      if (inner.aborted) return
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  inner.throwIfAborted()
  return done
}

/** A layer is prepared once however many images have it; after a failure it is tried again. */
async function layerOnce(
  { tar, options: { temporaryDirectory }, layers }: Prepared,
  path: string,
  diffId: Digest,
  signal: AbortSignal,
): Promise<DockerLayer> {
  const key = `${tar.placeOf(path).offset} ${diffId}`
  const layer = layers.get(key) ?? prepareLayer(tar, path, { diffId, temporaryDirectory, signal })
  layers.set(key, layer)
  try {
    return await layer
  } catch (error) {
    layers.delete(key)
    throw error
  }
}

function invalid(tar: TarArchive, why: string, cause?: unknown): ImageError {
  return new ImageError('ARCHIVE_INVALID', `${tar.location} is not a valid docker archive: ${why}`, {
    detail: { file: tar.location, reason: why },
    ...(cause === undefined ? {} : { cause }),
  })
}
