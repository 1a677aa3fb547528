/**
 * Writing an image layout.
 * @module
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Descriptor, isImageManifestType, isManifestType, isOciError, OciError } from '@tsreg/oci'
import type { OpenContent, OperationOptions } from '@tsreg/oci/content'
import { orAborted } from '../files/abortable.ts'
import { removeIfPresent, syncDirectory } from '../files/durable.ts'
import { changeIndex } from './change-index.ts'
import { missingBlobs } from './complete.ts'
import { withoutReference } from './index-file.ts'
import { ingestBlob } from './ingest.ts'
import { ingestNew } from './ingest-new.ts'
import type { Layout, LayoutEntry, LayoutReader } from './layout.ts'
import type { LayoutPaths } from './paths.ts'
import { pruneLayout } from './prune.ts'
import { removeContent } from './remove.ts'
import { type Replaced, tagEntries, withoutDoubles } from './tag.ts'

/** The reader with everything that changes the layout added to it. */
export function writableLayout(paths: LayoutPaths, reader: LayoutReader, replaced: Replaced): Layout {
  return {
    ...reader,
    directory: paths.directory,
    exists: async (target, options = {}) => {
      if (!(await reader.exists(target, options))) return false
      return !isImageManifestType(target.mediaType) || isSound(reader, target, options)
    },
    push: pushOnce(paths),
    ingest: (mediaType, content, { signal } = {}) => ingestNew({ paths, mediaType, content, signal }),
    tag: (target, reference, options = {}) =>
      changeIndex(paths, options, async (index) => {
        const entries = tagEntries(index.entries, { target, reference, replaced, annotations: options.annotations })
        await checkComplete(reader, target, options)
        await syncBlobNames(paths)
        return { ...index, entries }
      }),
    untag: (choose, options = {}) => untagEntries(paths, choose, options),
    delete: (target, options = {}) => deleteContent({ paths, reader, target, options }),
    remove: (choose, options = {}) => removeContent({ paths, reader, choose, options }),
    prune: (options = {}) => pruneLayout({ paths, reader, options }),
  }
}

/** Pushes of one digest by this process run one after the other, so that the second finds the work of the first. */
function pushOnce(paths: LayoutPaths) {
  const running = new Map<string, Promise<void>>()
  return async (expected: Descriptor, open: OpenContent, { signal }: OperationOptions = {}): Promise<void> => {
    for (let other = running.get(expected.digest); other !== undefined; other = running.get(expected.digest)) {
      await orAborted(other, signal)
    }
    const push = ingestBlob({ paths, expected, open, signal })
    // Who waits wants to know that it ended, not how.
    const ended = push.catch(() => {}).then(() => void running.delete(expected.digest))
    running.set(expected.digest, ended)
    await push
  }
}

/** A damaged manifest is one that has to be fetched again. */
async function isSound(reader: LayoutReader, target: Descriptor, options: OperationOptions): Promise<boolean> {
  try {
    return (await missingBlobs(reader, target, options)).length === 0
  } catch (error) {
    if (isOciError(error, 'DIGEST_INVALID') || isOciError(error, 'MANIFEST_UNKNOWN')) return false
    throw error
  }
}

async function checkComplete(reader: LayoutReader, target: Descriptor, options: OperationOptions): Promise<void> {
  if (!(await reader.exists(target, options))) throw unknown(target, reader.location)
  const missing = (await missingBlobs(reader, target, options)).map((descriptor) => descriptor.digest)
  if (missing.length === 0) return
  throw new OciError(
    'MANIFEST_BLOB_UNKNOWN',
    `${target.digest} cannot be tagged in ${reader.location}: it lacks ${missing.join(', ')}`,
    { detail: { digest: target.digest, missing } },
  )
}

/** What is named from now on must survive a power cut; that of the bytes each push has seen to. */
async function syncBlobNames({ blobs }: LayoutPaths): Promise<void> {
  const algorithms = (await readdir(blobs, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  await Promise.all(algorithms.map(({ name }) => syncDirectory(join(blobs, name))))
}

async function untagEntries(
  paths: LayoutPaths,
  choose: (entry: LayoutEntry) => boolean,
  options: OperationOptions,
): Promise<readonly LayoutEntry[]> {
  const chosen: LayoutEntry[] = []
  await changeIndex(paths, options, async (index) => {
    chosen.push(...index.entries.filter((entry) => entry.reference !== undefined && choose(entry)))
    if (chosen.length === 0) return index
    const entries = index.entries.map((entry) => (chosen.includes(entry) ? withoutReference(entry) : entry))
    return { ...index, entries: withoutDoubles(entries) }
  })
  return chosen
}

interface Deletion {
  readonly paths: LayoutPaths
  readonly reader: LayoutReader
  readonly target: Descriptor
  readonly options: OperationOptions
}

/** The content alone, and every entry of it. */
async function deleteContent({ paths, reader, target, options }: Deletion): Promise<void> {
  await changeIndex(
    paths,
    options,
    async (index) => {
      if (!(await reader.exists(target, options))) throw unknown(target, paths.directory)
      const entries = index.entries.filter((entry) => entry.descriptor.digest !== target.digest)
      return entries.length === index.entries.length ? index : { ...index, entries }
    },
    () => removeIfPresent(paths.blob(target.digest)),
  )
}

function unknown(target: Descriptor, location: string): OciError {
  const code = isManifestType(target.mediaType) ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN'
  return new OciError(code, `${target.digest} is not in ${location}`, { detail: { digest: target.digest, location } })
}
