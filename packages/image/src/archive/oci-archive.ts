/**
 * OCI archives: a tar file of an OCI image layout, as `skopeo copy ... oci-archive:`, `podman save --format oci-archive`
 * and `docker buildx build --output type=oci` write it.
 * @module
 */

import { ImageError, isImageError } from '../errors.ts'
import type { LayoutReader } from '../layout/layout.ts'
import { checkLayout } from '../layout/open.ts'
import { readLayout } from '../layout/read.ts'
import type { ArchivedImage, ImageArchive } from './archive.ts'
import { type OpenArchiveOptions, openTarArchive, type TarArchive } from './tar-archive.ts'

/**
 * Manifests and blobs come out exactly as they are in the archive, also uncompressed layers: their digests are kept.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSUPPORTED, LAYOUT_UNSUPPORTED, STORAGE_FULL, the error of the system when there is no
 *   such file
 */
export async function openOciArchive(file: string, options: OpenArchiveOptions = {}): Promise<ImageArchive> {
  const tar = await openTarArchive(file, options)
  try {
    await checkLayout(tar)
    return ociArchive(tar, readLayout(tar))
  } catch (error) {
    await tar.close()
    if (!isImageError(error, 'LAYOUT_INVALID')) throw error
    throw new ImageError('ARCHIVE_INVALID', `${file} is not an OCI archive: ${error.message}`, {
      detail: { file },
      cause: error,
    })
  }
}

/** The archive over a layout in a tar file; closes the file with itself. */
export function ociArchive(tar: TarArchive, reader: LayoutReader): ImageArchive {
  return {
    ...reader,
    format: 'oci',
    images: async (options = {}) => (await reader.entries(options)).map(imageOf),
    [Symbol.asyncDispose]: () => tar.close(),
  }
}

function imageOf({ reference, descriptor }: Awaited<ReturnType<LayoutReader['entries']>>[number]): ArchivedImage {
  const { digest } = descriptor
  return { references: reference === undefined ? [] : [reference], selector: reference ?? digest, digest }
}
