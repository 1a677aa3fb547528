/**
 * Deleting what nothing names: content of transfers that never came to their end, and their partial files.
 * @module
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Descriptor, isDigest } from '@tsreg/oci'
import { removeIfPresent } from '../files/durable.ts'
import { tryFileLock } from '../files/file-lock.ts'
import { hasSystemCode } from '../files/system-error.ts'
import { changeIndex } from './change-index.ts'
import type { LayoutReader, PruneOptions } from './layout.ts'
import type { LayoutPaths } from './paths.ts'
import { reachable } from './remove.ts'

export interface Prune {
  readonly paths: LayoutPaths
  readonly reader: LayoutReader
  readonly options: PruneOptions
}

const dayMs = 24 * 60 * 60 * 1000

/** Returns the paths of the deleted files. Files whose names are not those of a layout are left alone. */
export async function pruneLayout({ paths, reader, options }: Prune): Promise<readonly string[]> {
  const before = Date.now() - (options.minimumAgeMs ?? dayMs)
  const deleted: string[] = []
  const remove = async (path: string, since: 'ctimeMs' | 'mtimeMs') => {
    options.signal?.throwIfAborted()
    if (!(await isOlder(path, before, since))) return
    await removeIfPresent(path)
    deleted.push(path)
  }
  await changeIndex(paths, options, async (index) => {
    const needed = await reachable(reader, index.entries, options)
    for await (const { path, digest } of blobFiles(paths)) {
      if (!needed.has(digest)) await remove(path, 'ctimeMs')
    }
    return index
  })
  // A crash may leave a blob and what it was received into as two names of one file, whose ctime the removal above sets.
  const removeReceived = (path: string) => remove(path, 'mtimeMs')
  for (const name of await namesIn(paths.ingest)) {
    if (name.endsWith('.tmp')) await removeReceived(join(paths.ingest, name))
    else if (name.endsWith('.partial')) await unlessLocked(join(paths.ingest, name), removeReceived)
  }
  return deleted
}

async function* blobFiles(paths: LayoutPaths): AsyncGenerator<{ path: string; digest: Descriptor['digest'] }> {
  for (const algorithm of await namesIn(paths.blobs)) {
    for (const encoded of await namesIn(join(paths.blobs, algorithm))) {
      const digest = `${algorithm}:${encoded}`
      if (isDigest(digest)) yield { path: join(paths.blobs, algorithm, encoded), digest }
    }
  }
}

async function unlessLocked(partial: string, remove: (path: string) => Promise<void>): Promise<void> {
  const lock = await tryFileLock(partial.replace(/\.partial$/, '.lock'))
  if (lock === undefined) return
  try {
    await remove(partial)
  } finally {
    lock.releaseAndRemove()
  }
}

async function isOlder(path: string, before: number, since: 'ctimeMs' | 'mtimeMs'): Promise<boolean> {
  try {
    // The clock that `before` was read from has whole milliseconds.
    return Math.floor((await stat(path))[since]) <= before
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return false
    throw error
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}
