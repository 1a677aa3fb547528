/**
 * Writable layers of either kind: made, found, listed and removed.
 * @module
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { ImageError } from '../errors.ts'
import { readRecord, type SnapshotRecord } from './layer-record.ts'
import { changingState, making } from './locks.ts'
import type { SnapshotPaths, WritablePaths } from './paths.ts'
import { makeApart } from './place.ts'
import { deleteRemoved, namesIn, setAside } from './removed.ts'

export interface NewWritable {
  readonly key: string
  readonly parent: Digest | undefined
  /** Throws CHAIN_UNKNOWN when the parent is not in place. */
  readonly check: () => void
  /** Puts into the directory what belongs there, while nobody removes the parent. */
  readonly fill: (writable: WritablePaths) => Promise<void>
}

/** Made under another name and renamed when complete. @throws SNAPSHOT_EXISTS, CHAIN_UNKNOWN */
export async function makeWritable(
  paths: SnapshotPaths,
  { key, parent, check, fill }: NewWritable,
  options: OperationOptions,
): Promise<void> {
  checkKey(key)
  await making(paths, paths.keyLock(key), options, async () => {
    const unfinished = paths.unfinished(key)
    const target = paths.writable(key)
    if (existsSync(target.directory)) throw snapshotExists(key)
    if (await setAside(paths, unfinished.directory)) await deleteRemoved(paths)
    // What an unfinished one stands on is not pruned either.
    await changingState(paths, options, async () => {
      check()
      await makeApart(paths.writables)
      mkdirSync(unfinished.directory, { recursive: true })
      writeFileSync(unfinished.snapshot, JSON.stringify({ parent } satisfies SnapshotRecord))
    })
    try {
      await fill(unfinished)
      renameSync(unfinished.directory, target.directory)
    } catch (error) {
      await setAside(paths, unfinished.directory)
      await deleteRemoved(paths)
      throw error
    }
  })
}

/** @throws SNAPSHOT_UNKNOWN */
export function requireWritable(paths: SnapshotPaths, key: string): SnapshotRecord {
  checkKey(key)
  const record = readRecord<SnapshotRecord>(paths.writable(key).snapshot)
  if (record !== undefined) return record
  throw new ImageError('SNAPSHOT_UNKNOWN', `no such snapshot: ${key}`, { detail: { key, directory: paths.directory } })
}

/** For whoever holds the lock of the key, or knows that nobody makes it. */
export async function removeWritable(paths: SnapshotPaths, key: string): Promise<void> {
  checkKey(key)
  if (await setAside(paths, paths.writable(key).directory)) await deleteRemoved(paths)
}

/** As {@link removeWritable}, with what is left of it where its maker was killed. */
export async function removeWritableWhole(paths: SnapshotPaths, key: string): Promise<void> {
  await removeWritable(paths, key)
  const { directory } = paths.unfinished(key)
  if (!existsSync(directory) && !existsSync(paths.keyLock(key))) return
  await making(paths, paths.keyLock(key), {}, async () => {
    if (await setAside(paths, directory)) await deleteRemoved(paths)
  })
}

export async function* listWritables(
  paths: SnapshotPaths,
  { signal }: OperationOptions = {},
): AsyncGenerator<string, void, undefined> {
  for (const name of await namesIn(paths.writables)) {
    signal?.throwIfAborted()
    if (keyGrammar.test(name)) yield name
  }
}

/** No dot at the beginning: that is how unfinished ones are named. */
const keyGrammar = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/

function checkKey(key: string): void {
  if (keyGrammar.test(key)) return
  throw new TypeError(`the key of a snapshot is ${JSON.stringify(key)}; expected letters, digits and _.- up to 128`)
}

function snapshotExists(key: string): ImageError {
  return new ImageError('SNAPSHOT_EXISTS', `there is a snapshot ${key} already`, { detail: { key } })
}
