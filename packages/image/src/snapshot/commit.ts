/**
 * Making a writable layer a read-only one: its layer is written into the store, then its directory is renamed.
 *
 * ```
 * writable/<key>: write the layer -> settle the files -> layer.json -> sync -> rename to layers/<hex> -> delete what only a writable has
 * ```
 * Killed before the rename it is still a writable layer, and what was written is content that nothing names.
 * @module
 */
import { rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Digest, digestOf } from '@tsreg/oci'
import type { LayerEntry } from '../layer/write/entry.ts'
import { writeLayer } from '../layer/write/write-layer.ts'
import type { Ingester } from '../layout/layout.ts'
import type { LayerRecord } from './layer-record.ts'
import { changingState, making } from './locks.ts'
import type { SnapshotPaths, WritablePaths } from './paths.ts'
import { renameToLayer, syncBefore } from './place.ts'
import type { CommitOptions, CommittedLayer } from './snapshotter.ts'
import { removeWritable, requireWritable } from './writable.ts'

export interface Commit {
  readonly key: string
  readonly content: Ingester
  readonly options: CommitOptions
}

/** How the kinds differ. */
export interface Committing {
  /** What the writable layer changes. */
  readonly entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>
  /** Makes the files what the layer unpacks to. */
  readonly settle: () => void
  /** Files that a read-only layer has no use for. */
  readonly leftovers: readonly string[]
}

/** @throws SNAPSHOT_UNKNOWN; NAME_RESERVED, NAME_UNSUPPORTED, FILE_CHANGED, STORAGE_FULL: the writable layer stays then */
export async function commitWritable(
  paths: SnapshotPaths,
  { key, content, options }: Commit,
  begin: (writable: WritablePaths, parent: Digest | undefined) => Committing,
): Promise<CommittedLayer | undefined> {
  const { latestTime, signal } = options
  return making(paths, paths.keyLock(key), { signal }, async () => {
    const { parent } = requireWritable(paths, key)
    const writable = paths.writable(key)
    const { entries, settle, leftovers } = begin(writable, parent)
    const written = await writeLayer(entries, content, { latestTime, signal })
    if (written === undefined) {
      await removeWritable(paths, key)
      return undefined
    }
    const { diffId, sizeBytes } = written
    const chainId = parent === undefined ? diffId : digestOf(`${parent} ${diffId}`)
    settle()
    await writeFile(writable.record, JSON.stringify({ parent, diffId, sizeBytes } satisfies LayerRecord))
    await syncBefore(paths)
    const isRenamed = await changingState(paths, { signal }, () => renameToLayer(paths, writable.directory, chainId))
    if (!isRenamed) await removeWritable(paths, key)
    else await deleteFiles(leftovers.map((path) => join(paths.layer(chainId).directory, basename(path))))
    return { ...written, chainId }
  })
}

async function deleteFiles(locations: readonly string[]): Promise<void> {
  for (const location of locations) await rm(location, { recursive: true, force: true })
}
