/**
 * Docker archives: what `docker save`, `podman save` and `skopeo copy ... docker-archive:` write.
 * @module
 */
import { mediaTypes } from '@tsreg/oci'
import { fetchManifest, type OperationOptions } from '@tsreg/oci/content'
import { childrenOf } from '@tsreg/oci/image'
import { ImageError } from '../errors.ts'
import { heldManifests, missingBlobs } from '../layout/complete.ts'
import type { LayoutReader } from '../layout/layout.ts'
import { checkLayout } from '../layout/open.ts'
import { findEntry, readLayout } from '../layout/read.ts'
import type { ImageArchive } from './archive.ts'
import { dockerArchive } from './docker-images.ts'
import { type DockerArchiveEntry, parseDockerManifest } from './docker-manifest.ts'
import { ociArchive } from './oci-archive.ts'
import { type OpenArchiveOptions, openTarArchive, type TarArchive } from './tar-archive.ts'

/**
 * Images come out as docker would push them: a manifest of Docker's schema 2 whose layers are compressed by gzip. An
 * archive that also holds an image layout with all blobs as a registry gave them (docker 25 and later, tsreg) gives those
 * instead, so that digests survive a save and a load. An OCI archive is read as `openOciArchive` does.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSUPPORTED, STORAGE_FULL, the error of the system when there is no such file
 */
export async function openDockerArchive(file: string, options: OpenArchiveOptions = {}): Promise<ImageArchive> {
  const tar = await openTarArchive(file, options)
  try {
    const entries = await readEntries(tar)
    if (entries === undefined) {
      if (!tar.has('oci-layout')) throw notADockerArchive(tar)
      await checkLayout(tar)
      return ociArchive(tar, readLayout(tar))
    }
    const original = await originalLayout(tar, entries, options)
    if (original !== undefined) return { ...ociArchive(tar, original), format: 'docker' }
    return dockerArchive(tar, entries, options)
  } catch (error) {
    await tar.close()
    throw error
  }
}

const maxManifestJsonBytes = 16 * 1024 * 1024

async function readEntries(tar: TarArchive): Promise<readonly DockerArchiveEntry[] | undefined> {
  const bytes = await tar.read('manifest.json', maxManifestJsonBytes)
  return bytes === undefined ? undefined : parseDockerManifest(bytes)
}

/**
 * The layout in the archive when it can stand for all that manifest.json tells: every name and every blob is there, and the
 * layers are compressed. docker 25 wrote some whose blobs are missing.
 */
async function originalLayout(
  tar: TarArchive,
  images: readonly DockerArchiveEntry[],
  options: OperationOptions,
): Promise<LayoutReader | undefined> {
  if (!tar.has('oci-layout') || !tar.has('index.json')) return undefined
  const reader = readLayout(tar)
  try {
    await checkLayout(tar)
    const entries = await reader.entries(options)
    if (entries.length < images.length) return undefined
    const names = images.flatMap(({ references }) => references)
    if (names.some((name) => findEntry(entries, name) === undefined)) return undefined
    for (const { descriptor } of entries) {
      for (const held of await heldManifests(reader, descriptor, options)) {
        if (!(await isOriginal(reader, held, options))) return undefined
      }
    }
    return reader
  } catch {
    options.signal?.throwIfAborted()
    return undefined
  }
}

async function isOriginal(
  reader: LayoutReader,
  descriptor: Parameters<typeof fetchManifest>[1],
  options: OperationOptions,
): Promise<boolean> {
  const { manifest } = await fetchManifest(reader, descriptor, options)
  if (childrenOf(manifest).some(({ mediaType }) => uncompressedTypes.has(mediaType))) return false
  return (await missingBlobs(reader, descriptor, options)).length === 0
}

const uncompressedTypes: ReadonlySet<string> = new Set([mediaTypes.ociLayer, mediaTypes.dockerLayer])

function notADockerArchive(tar: TarArchive): ImageError {
  if (!tar.has('repositories')) {
    return new ImageError('ARCHIVE_INVALID', `${tar.location} has no manifest.json: it is not a docker archive`, {
      detail: { file: tar.location },
    })
  }
  return new ImageError('ARCHIVE_UNSUPPORTED', `${tar.location} was saved by docker 1.9 or older`, {
    detail: { file: tar.location },
    advice: 'load it into docker 1.10 to 28 and save it again',
  })
}
