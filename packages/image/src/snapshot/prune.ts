/**
 * Removing layers that nothing stands on, and what killed processes left.
 * @module
 */

import { readlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { tryFileLock } from '../files/file-lock.ts'
import { type LayerRecord, readRecord, type SnapshotRecord } from './layer-record.ts'
import { changingState } from './locks.ts'
import { chainOfName, nameOfChain, type SnapshotPaths } from './paths.ts'
import { deleteRemoved, namesIn, setAside } from './removed.ts'

/** @returns the chain IDs of the removed layers, in their order */
export async function pruneLayers(
  paths: SnapshotPaths,
  keep: readonly Digest[],
  options: OperationOptions,
): Promise<{ readonly removed: readonly Digest[] }> {
  await setAsideUnfinished(paths)
  const removed = await changingState(paths, options, async () => {
    const needed = neededLayers(paths, [...keep, ...(await parentsOfWritables(paths))])
    const chainIds = (await namesIn(paths.layers)).flatMap((name) => chainOfName(name) ?? [])
    const unneeded = chainIds.filter((chainId) => !needed.has(chainId))
    // A layer goes before what it stands on: a crash leaves whole chains.
    for (const chainId of [...unneeded].sort(byDepth(paths))) await setAside(paths, paths.layer(chainId).directory)
    await removeLinks(paths, new Set(unneeded.map(nameOfChain)))
    return unneeded
  })
  await deleteRemoved(paths)
  return { removed }
}

function neededLayers(paths: SnapshotPaths, tops: readonly Digest[]): ReadonlySet<Digest> {
  const needed = new Set<Digest>()
  for (const top of tops) {
    for (let chainId: Digest | undefined = top; chainId !== undefined && !needed.has(chainId); ) {
      needed.add(chainId)
      chainId = readRecord<LayerRecord>(paths.layer(chainId).record)?.parent
    }
  }
  return needed
}

/** Unfinished ones as well. */
async function parentsOfWritables(paths: SnapshotPaths): Promise<readonly Digest[]> {
  const names = await namesIn(paths.writables)
  return names.flatMap((name) => readRecord<SnapshotRecord>(paths.writable(name).snapshot)?.parent ?? [])
}

function byDepth(paths: SnapshotPaths): (a: Digest, b: Digest) => number {
  const depths = new Map<Digest, number>()
  const depthOf = (chainId: Digest): number => {
    const known = depths.get(chainId)
    if (known !== undefined) return known
    const parent = readRecord<LayerRecord>(paths.layer(chainId).record)?.parent
    const depth = parent === undefined ? 0 : depthOf(parent) + 1
    depths.set(chainId, depth)
    return depth
  }
  return (a, b) => depthOf(b) - depthOf(a)
}

/** What nobody holds the lock of is of a process that was killed. */
async function setAsideUnfinished(paths: SnapshotPaths): Promise<void> {
  for (const name of await namesIn(paths.unpacking)) {
    const [hex = name] = name.split('.')
    await unlessLocked(join(paths.locks, hex), () => setAside(paths, join(paths.unpacking, name)))
  }
  for (const name of await namesIn(paths.writables)) {
    if (!name.startsWith('.')) continue
    await unlessLocked(paths.keyLock(name.slice(1)), () => setAside(paths, join(paths.writables, name)))
  }
  for (const name of await namesIn(paths.locks)) {
    if (join(paths.locks, name) !== paths.stateLock) await unlessLocked(join(paths.locks, name), async () => {})
  }
}

async function unlessLocked(path: string, work: () => Promise<unknown>): Promise<void> {
  const lock = await tryFileLock(path)
  if (lock === undefined) return
  try {
    await work()
  } finally {
    lock.releaseAndRemove()
  }
}

async function removeLinks(paths: SnapshotPaths, names: ReadonlySet<string>): Promise<void> {
  for (const link of await namesIn(paths.links)) {
    const target = readlinkSync(join(paths.links, link)).split('/').at(-2) ?? ''
    if (names.has(target)) await rm(join(paths.links, link))
  }
}
