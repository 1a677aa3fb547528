/**
 * Snapshots where there is no overlay: each chain of layers in one directory, and a writable layer as a full copy.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { copyTree } from '../tree/copy-tree.ts'
import { inheritRoot } from '../tree/root.ts'
import { Settling } from '../tree/settle.ts'
import { commitWritable } from './commit.ts'
import { noteCopied } from './copied.ts'
import { copyChanges, copyEntries } from './copy-changes.ts'
import { unknownChain } from './layer-record.ts'
import { fileAt, MergedTree, relativePath } from './merged.ts'
import { makeMountPoints } from './mount-points.ts'
import type { SnapshotPaths, WritablePaths } from './paths.ts'
import { isInPlace } from './place.ts'
import { pruneLayers } from './prune.ts'
import type { Snapshot, Snapshotter } from './snapshotter.ts'
import { unpackDirectory } from './unpack-directory.ts'
import { listWritables, makeWritable, removeWritableWhole, requireWritable } from './writable.ts'

export function directorySnapshotter(paths: SnapshotPaths): Snapshotter {
  const treeOf = (chainId: Digest) => new MergedTree(requireFiles(paths, chainId))
  const copyOf = (key: string, parent: Digest | undefined) => {
    const writable = paths.writable(key)
    return { writable, below: new MergedTree([writable.init, ...requireFiles(paths, parent)]) }
  }
  const snapshotOf = (key: string): Snapshot => {
    const { parent } = requireWritable(paths, key)
    const { directory, files } = paths.writable(key)
    const mount = { type: 'bind', source: files, options: ['rbind', 'rw'] } as const
    return { key, parent, mount, upperDirectory: files, directory }
  }
  return {
    kind: 'directory',
    unpack: (content, stack, options = {}) => unpackDirectory({ paths, content, stack, options }),
    has: async (chainId) => isInPlace(paths, chainId),
    lookup: async (chainId, path) => fileAt(treeOf(chainId), path),
    names: async (chainId, path) => treeOf(chainId).names(relativePath(path)),
    async create(key, parent, options = {}) {
      await makeWritable(
        paths,
        {
          key,
          parent,
          check: () => void requireFiles(paths, parent),
          fill: (writable) => makeCopy(writable, requireFiles(paths, parent), options),
        },
        options,
      )
      return snapshotOf(key)
    },
    open: async (key) => snapshotOf(key),
    async *changes(key, options = {}) {
      yield* copyChanges(copyOf(key, requireWritable(paths, key).parent), options)
    },
    commit: (key, content, options = {}) =>
      commitWritable(paths, { key, content, options }, (writable, parent) => {
        const settling = new Settling(options.latestTime)
        return {
          entries: copyEntries(copyOf(key, parent), options, (node) => settling.add(node)),
          settle: () => {
            settling.finish()
            inheritRoot(writable.files, requireFiles(paths, parent)[0])
          },
          leftovers: [writable.copied, writable.init, writable.snapshot],
        }
      }),
    remove: (key) => removeWritableWhole(paths, key),
    list: (options) => listWritables(paths, options),
    prune: (keep, options = {}) => pruneLayers(paths, keep, options),
  }
}

/** The directory of the chain, if any. @throws CHAIN_UNKNOWN */
function requireFiles(paths: SnapshotPaths, chainId: Digest | undefined): readonly string[] {
  if (chainId === undefined) return []
  if (isInPlace(paths, chainId)) return [paths.layer(chainId).files]
  throw unknownChain(paths, chainId)
}

async function makeCopy(writable: WritablePaths, below: readonly string[], options: OperationOptions): Promise<void> {
  for (const directory of [writable.files, writable.init]) await mkdir(directory, { mode: 0o755 })
  makeMountPoints(writable.init, new MergedTree(below))
  for (const directory of [...below, writable.init]) await copyTree(directory, writable.files, options)
  const [layer] = below
  inheritRoot(writable.files, layer)
  noteCopied(writable.files, writable.copied)
}
