/**
 * Writing images to an archive that is both kinds at once: an image layout with the original blobs, so that digests survive,
 * and a manifest.json, so that every docker since 1.10 loads it.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  type Descriptor,
  familiarReference,
  hostPlatform,
  isImageConfigType,
  isImageManifestType,
  isManifestType,
  matchPlatform,
  type Platform,
  parseReference,
} from '@tsreg/oci'
import { fetchManifest, type OperationOptions, type ReadOnlyTarget, verifyContent } from '@tsreg/oci/content'
import { blobPath, childrenOf, type ImageManifest, layout, layoutHeaderText, type Manifest } from '@tsreg/oci/image'
import { abortable } from '../files/abortable.ts'
import { BatchWriter } from '../files/batch-writer.ts'
import { removeIfPresent, syncDirectory } from '../files/durable.ts'
import { writeError } from '../files/system-error.ts'
import { encodeHeader, endOfArchive, paddingAfter } from '../layer/tar/encode.ts'
import { emptyIndexFile, formatIndexFile, makeEntry } from '../layout/index-file.ts'

/** An image to save. */
export interface SavedImage {
  /** What to resolve in the source. */
  readonly reference: string
  /** Names in the archive, for example `localhost:5000/centos:centos5`; none makes an image without a name. */
  readonly names: readonly string[]
}

export interface SaveOptions extends OperationOptions {
  /**
   * Of an index, the image that manifest.json names; the layout in the archive has all that the source holds.
   * @default the platform of this host
   */
  readonly platform?: Platform | undefined
}

/**
 * Writes the archive to a stream, or to a file that appears when it is complete. The same images give the same bytes.
 * @throws what the source throws; DIGEST_INVALID for content that is not what it should be; STORAGE_FULL
 */
export async function saveArchive(
  source: ReadOnlyTarget,
  images: readonly SavedImage[],
  output: string | Writable,
  options: SaveOptions = {},
): Promise<void> {
  const content = archiveOf(source, images, options)
  if (typeof output === 'string') return writeArchiveFile(output, content, options)
  await pipeline(content, output, options.signal === undefined ? {} : { signal: options.signal })
}

async function writeArchiveFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  { signal }: OperationOptions,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const handle = await open(temporary, 'wx')
  try {
    const writer = new BatchWriter(handle, path, 0)
    for await (const chunk of abortable(content, signal)) await writer.write(chunk)
    await writer.flush()
    await handle.sync()
    await rename(temporary, path)
  } catch (error) {
    await removeIfPresent(temporary)
    throw writeError(error, path)
  } finally {
    await handle.close()
  }
  await syncDirectory(dirname(path))
}

interface Collected {
  readonly source: ReadOnlyTarget
  readonly options: SaveOptions
  /** In the order of the archive: manifests before what they are made of. */
  readonly contents: Map<string, Descriptor>
  readonly manifests: Map<string, Manifest>
}

async function* archiveOf(
  source: ReadOnlyTarget,
  images: readonly SavedImage[],
  options: SaveOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const collected: Collected = { source, options, contents: new Map(), manifests: new Map() }
  const roots = new Map<SavedImage, Descriptor>()
  for (const image of images) {
    const root = await source.resolve(image.reference, options)
    roots.set(image, root)
    await collect(collected, root)
  }
  const entries = [...roots].flatMap(([{ names }, root]) =>
    (names.length === 0 ? [root.digest] : names).map((name) => makeEntry(root, name)),
  )
  yield* smallFile(layout.headerFile, layoutHeaderText)
  yield* smallFile(layout.indexFile, formatIndexFile({ ...emptyIndexFile, entries }))
  yield* smallFile('manifest.json', JSON.stringify(dockerManifest(collected, roots)))
  for (const descriptor of collected.contents.values()) {
    yield encodeHeader({ name: blobPath(descriptor.digest), type: 'file', size: descriptor.size })
    yield* verifyContent(descriptor, await source.fetch(descriptor, options))
    yield paddingAfter(descriptor.size)
  }
  yield endOfArchive
}

/** Everything below the descriptor that the source holds. Of an index some images may be missing. */
async function collect(collected: Collected, root: Descriptor): Promise<void> {
  const { source, options, contents, manifests } = collected
  const queue = new Map([[root.digest, root]])
  for (const descriptor of queue.values()) {
    if (contents.has(descriptor.digest) || !(await source.exists(descriptor, options))) continue
    contents.set(descriptor.digest, descriptor)
    if (!isManifestType(descriptor.mediaType)) continue
    const { manifest } = await fetchManifest(source, descriptor, options)
    manifests.set(descriptor.digest, manifest)
    for (const child of childrenOf(manifest)) if (!queue.has(child.digest)) queue.set(child.digest, child)
  }
}

function dockerManifest(collected: Collected, roots: ReadonlyMap<SavedImage, Descriptor>): readonly object[] {
  return [...roots].flatMap(([{ names }, root]) => {
    const image = imageOf(collected, root)
    if (image === undefined || !isImageConfigType(image.config.mediaType)) return []
    const layers = image.layers.map(({ digest }) => blobPath(digest))
    return [{ Config: blobPath(image.config.digest), RepoTags: names.flatMap(repoTag), Layers: layers }]
  })
}

/** The image itself, or that of the index which docker would load. */
function imageOf({ manifests, options }: Collected, root: Descriptor): ImageManifest | undefined {
  const candidates: Descriptor[] = []
  const queue = [root]
  for (const descriptor of queue) {
    const manifest = manifests.get(descriptor.digest)
    if (manifest === undefined) continue
    if (isImageManifestType(descriptor.mediaType)) candidates.push(descriptor)
    else queue.push(...childrenOf(manifest).filter((child) => !queue.includes(child)))
  }
  const found = matchPlatform(candidates, options.platform ?? hostPlatform()) ?? candidates[0]
  const manifest = found === undefined ? undefined : manifests.get(found.digest)
  return manifest?.kind === 'image' ? manifest : undefined
}

/** docker takes `name:tag` alone, in its short form. */
function repoTag(name: string): readonly string[] {
  try {
    const reference = parseReference(name)
    return reference.tag === undefined || reference.digest !== undefined ? [] : [familiarReference(reference)]
  } catch {
    return []
  }
}

function* smallFile(name: string, text: string): Generator<Uint8Array, void, undefined> {
  const bytes = Buffer.from(text)
  yield encodeHeader({ name, type: 'file', size: bytes.byteLength })
  yield bytes
  yield paddingAfter(bytes.byteLength)
}
