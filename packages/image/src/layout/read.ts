/**
 * Reading an image layout, whatever it lies in: a directory or a tar file.
 * @module
 */
import type { Readable } from 'node:stream'
import { annotations, type Descriptor, isDigest, isManifestType, OciError } from '@tsreg/oci'
import { type FetchOptions, maxManifestBytes, type OperationOptions } from '@tsreg/oci/content'
import { blobPath, layout, parseManifest } from '@tsreg/oci/image'
import { ImageError } from '../errors.ts'
import { type IndexFile, maxIndexBytes, parseIndexFile } from './index-file.ts'
import type { LayoutEntry, LayoutReader } from './layout.ts'

/** The files of a layout, by their paths in it. */
export interface LayoutFiles {
  /** Directory or archive, for messages. */
  readonly location: string
  /** Undefined when there is no such regular file. */
  sizeOf(path: string): Promise<number | undefined>
  /** @throws RangeError when the file is larger than `limit`. */
  read(path: string, limit: number): Promise<Uint8Array | undefined>
  open(path: string, options: FetchOptions): Promise<Readable | undefined>
}

/** @throws by the methods: BLOB_UNKNOWN, MANIFEST_UNKNOWN, CONTENT_CORRUPT, LAYOUT_INVALID */
export function readLayout(files: LayoutFiles): LayoutReader {
  const entries = async ({ signal }: OperationOptions = {}) => {
    signal?.throwIfAborted()
    return (await readIndexFile(files)).entries
  }
  return {
    location: files.location,
    entries,
    exists: async (target, { signal } = {}) => {
      signal?.throwIfAborted()
      return (await files.sizeOf(blobPath(target.digest))) === target.size
    },
    fetch: (target, options = {}) => fetchBlob(files, target, options),
    fetchSmall: async (target, options = {}) => {
      const path = await checkedPath(files, target, options)
      return (await files.read(path, target.size)) ?? unknownBlob(files, target)
    },
    resolve: async (reference, options = {}) => {
      const found = findEntry(await entries(options), reference)
      if (found !== undefined) return found.descriptor
      const unnamed = isDigest(reference) ? await describeManifest(files, reference) : undefined
      if (unnamed !== undefined) return unnamed
      throw new OciError('MANIFEST_UNKNOWN', `${reference} is not in ${files.location}`, {
        detail: { reference, location: files.location },
      })
    },
    tags: (options = {}) => listReferences(entries, options),
  }
}

/** @throws LAYOUT_INVALID when the file is missing or damaged. */
export async function readIndexFile(files: LayoutFiles): Promise<IndexFile> {
  const bytes = await files.read(layout.indexFile, maxIndexBytes)
  if (bytes !== undefined) return parseIndexFile(bytes, files.location)
  throw new ImageError('LAYOUT_INVALID', `${files.location} has no index.json`, {
    detail: { location: files.location },
  })
}

/** The entry of a reference: by its name, by containerd's name, or by digest. Of equal names the first. */
export function findEntry<T extends LayoutEntry>(entries: readonly T[], reference: string): T | undefined {
  return (
    entries.find((entry) => entry.reference === reference) ??
    entries.find((entry) => nameOf(entry) === reference) ??
    entries.find((entry) => entry.descriptor.digest === reference)
  )
}

/** Content of a blob after its size has been compared. */
async function fetchBlob(files: LayoutFiles, target: Descriptor, options: FetchOptions): Promise<Readable> {
  const path = await checkedPath(files, target, options)
  return (await files.open(path, options)) ?? unknownBlob(files, target)
}

/** Where the blob is. @throws CONTENT_CORRUPT when it has another size, BLOB_UNKNOWN, MANIFEST_UNKNOWN */
async function checkedPath(files: LayoutFiles, target: Descriptor, { signal }: OperationOptions): Promise<string> {
  signal?.throwIfAborted()
  const path = blobPath(target.digest)
  const size = (await files.sizeOf(path)) ?? unknownBlob(files, target)
  if (size === target.size) return path
  throw new OciError(
    'CONTENT_CORRUPT',
    `${path} in ${files.location} has ${size} bytes, its descriptor says ${target.size}`,
    { detail: { digest: target.digest, expected: target.size, received: size, location: files.location } },
  )
}

function unknownBlob(files: LayoutFiles, target: Descriptor): never {
  const code = isManifestType(target.mediaType) ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN'
  throw new OciError(code, `${target.digest} is not in ${files.location}`, {
    detail: { digest: target.digest, location: files.location },
  })
}

/** A manifest that no entry names, described from its bytes; undefined when there is none, or it is no manifest. */
async function describeManifest(files: LayoutFiles, digest: Descriptor['digest']): Promise<Descriptor | undefined> {
  const path = blobPath(digest)
  const size = await files.sizeOf(path)
  if (size === undefined || size > maxManifestBytes) return undefined
  const bytes = await files.read(path, maxManifestBytes)
  if (bytes === undefined) return undefined
  try {
    return { mediaType: parseManifest(bytes, undefined).mediaType, digest, size: bytes.byteLength }
  } catch {
    return undefined
  }
}

async function* listReferences(
  entries: (options: OperationOptions) => Promise<readonly LayoutEntry[]>,
  options: OperationOptions,
): AsyncGenerator<string, void, undefined> {
  const references = new Set<string>()
  for (const { reference } of await entries(options)) {
    if (reference !== undefined) references.add(reference)
  }
  for (const reference of [...references].sort()) {
    options.signal?.throwIfAborted()
    yield reference
  }
}

function nameOf(entry: LayoutEntry): string | undefined {
  const raw = (entry as { raw?: { annotations?: Readonly<Record<string, string>> } }).raw
  return raw?.annotations?.[annotations.refName]
}
