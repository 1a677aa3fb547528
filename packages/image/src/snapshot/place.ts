/**
 * Putting a layer in place: unpacked under another name, and renamed when it is complete.
 * @module
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { hasSystemCode } from '../files/system-error.ts'
import { placeApart } from '../syscalls/index.ts'
import type { LayerRecord } from './layer-record.ts'
import { changingState } from './locks.ts'
import type { SnapshotPaths } from './paths.ts'
import { deleteRemoved, setAside } from './removed.ts'
import { together } from './together.ts'

const run = promisify(execFile)

/** The layer alone; those below it may be missing. */
export function isInPlace(paths: SnapshotPaths, chainId: Digest): boolean {
  return existsSync(paths.layer(chainId).record)
}

/** An empty directory for the files of the layer, whose lock the caller holds: what is there is of a killed process. */
export async function beginLayer(paths: SnapshotPaths, chainId: Digest): Promise<string> {
  const { directory, files } = paths.unpackingLayer(chainId)
  if (await setAside(paths, directory)) await deleteRemoved(paths)
  await makeApart(paths.unpacking)
  // The name decides where on the disk it comes to lie: under the same one as before, where it was deleted a moment ago.
  const made = paths.unpackingName(chainId)
  await mkdir(made)
  await rename(made, directory)
  await mkdir(files)
  return files
}

/** A directory for directories that are made and deleted each as a whole. */
export async function makeApart(directory: string): Promise<void> {
  if (mkdirSync(directory, { recursive: true }) !== undefined) placeApart(directory)
}

/** The layer is complete: from now on everybody sees it. */
export async function putInPlace(
  paths: SnapshotPaths,
  chainId: Digest,
  record: LayerRecord,
  options: OperationOptions,
): Promise<void> {
  const { directory, record: file } = paths.unpackingLayer(chainId)
  await writeFile(file, JSON.stringify(record))
  await syncBefore(paths)
  await mkdir(paths.layers, { recursive: true })
  await changingState(paths, options, () => renameToLayer(paths, directory, chainId))
}

const syncs = new WeakMap<SnapshotPaths, () => Promise<void>>()

/**
 * All that was written among the snapshots is on the disk afterwards: a rename alone says nothing of the content of files.
 * Layers that are complete at about the same time share a sync.
 */
export async function syncBefore(paths: SnapshotPaths): Promise<void> {
  if (!paths.isDurable) return
  const sync = syncs.get(paths) ?? together(() => syncFileSystem(paths.directory))
  syncs.set(paths, sync)
  await sync()
}

/** In another process, for the call blocks its thread until the file system is written. */
async function syncFileSystem(directory: string): Promise<void> {
  await run('sync', ['--file-system', directory])
}

/** False when the layer is in place already; the directory is left as it is then. */
export async function renameToLayer(paths: SnapshotPaths, directory: string, chainId: Digest): Promise<boolean> {
  try {
    await rename(directory, paths.layer(chainId).directory)
    return true
  } catch (error) {
    if (hasSystemCode(error, 'ENOTEMPTY', 'EEXIST')) return false
    throw error
  }
}
