/**
 * A layer of a docker archive on its way to a registry. Archives hold layers uncompressed, registries compressed: what has
 * no compression is compressed by gzip into a temporary file, for a manifest needs digest and size before it is pushed.
 * @module
 */
import type { Readable } from 'node:stream'
import { algorithmOf, type Descriptor, type Digest, Digester, mediaTypes } from '@tsreg/oci'
import type { FetchOptions, OperationOptions } from '@tsreg/oci/content'
import { ImageError } from '../errors.ts'
import { type OpenByteFile, type SpoolOptions, spool, streamRange } from '../files/byte-file.ts'
import { type Compression, decompress, detectCompression } from '../layer/compression.ts'
import { gzip } from '../layer/gzip.ts'
import type { TarArchive } from './tar-archive.ts'

export interface DockerLayer {
  readonly descriptor: Descriptor
  open(options: FetchOptions): Readable
  close(): Promise<void>
}

export interface PrepareLayerOptions extends OperationOptions, Pick<SpoolOptions, 'temporaryDirectory'> {
  /** Digest of the uncompressed layer, from the config. */
  readonly diffId: Digest
}

/**
 * @throws ARCHIVE_INVALID when the layer is missing, or not the one that the config names; STORAGE_FULL
 */
export async function prepareLayer(tar: TarArchive, path: string, options: PrepareLayerOptions): Promise<DockerLayer> {
  const place = tar.placeOf(path)
  const beginning = await tar.openAt({ ...place, size: Math.min(place.size, 8) }, options).toArray()
  const compression = detectCompression(Buffer.concat(beginning))
  const uncompressed = new Digester(algorithmOf(options.diffId))
  const stored = new Digester('sha256')
  const source = () => tar.openAt(place, options)
  let spooled: OpenByteFile | undefined
  if (compression === 'none') {
    spooled = await spool(hashed(gzip(hashed(source(), uncompressed)), stored), options)
  } else {
    const content = decompress(hashed(source(), stored), compression, options)
    for await (const chunk of content) uncompressed.update(chunk)
  }
  const file = spooled
  const close = async () => file?.close()
  if (uncompressed.digest() !== options.diffId) {
    await close()
    throw otherLayer(path, options.diffId, uncompressed.digest())
  }
  const descriptor = { mediaType: layerTypes[compression], digest: stored.digest(), size: stored.size }
  const open = ({ offset = 0, signal }: FetchOptions) =>
    file === undefined
      ? tar.openAt(place, { offset, signal })
      : streamRange(file, { start: offset, end: file.size, signal })
  return { descriptor, open, close }
}

const layerTypes: Readonly<Record<Compression, string>> = {
  none: mediaTypes.dockerLayerGzip,
  gzip: mediaTypes.dockerLayerGzip,
  zstd: mediaTypes.dockerLayerZstd,
}

async function* hashed(content: AsyncIterable<Uint8Array>, digester: Digester) {
  for await (const chunk of content) {
    digester.update(chunk)
    yield chunk
  }
}

function otherLayer(path: string, expected: Digest, received: Digest): ImageError {
  return new ImageError('ARCHIVE_INVALID', `the layer ${path} has diff ID ${received}; the config says ${expected}`, {
    detail: { path, expected, received },
  })
}
