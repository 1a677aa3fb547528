/**
 * Snapshots for overlayfs: layers lie apart, and a writable one is an upper directory.
 * @module
 */

import { mkdirSync } from 'node:fs'
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { inheritRoot } from '../tree/root.ts'
import { Settling } from '../tree/settle.ts'
import { upperEntries } from '../tree/upper.ts'
import { commitWritable } from './commit.ts'
import { chainBelow, requireChain } from './layer-record.ts'
import { changingState } from './locks.ts'
import { fileAt, MergedTree, relativePath } from './merged.ts'
import { overlayOptions } from './mount-options.ts'
import { makeMountPoints } from './mount-points.ts'
import { overlayChanges } from './overlay-changes.ts'
import type { SnapshotPaths, WritablePaths } from './paths.ts'
import { pruneLayers } from './prune.ts'
import type { Snapshot, Snapshotter } from './snapshotter.ts'
import { unpackOverlay } from './unpack-overlay.ts'
import { listWritables, makeWritable, removeWritableWhole, requireWritable } from './writable.ts'

export function overlaySnapshotter(paths: SnapshotPaths): Snapshotter {
  const treeOf = (chainId: Digest) => new MergedTree(requireFiles(paths, chainId))
  const belowOf = (key: string) => {
    const { parent } = requireWritable(paths, key)
    return new MergedTree([paths.writable(key).init, ...requireFiles(paths, parent)])
  }
  const snapshotOf = (key: string, options: OperationOptions): Promise<Snapshot> =>
    changingState(paths, options, () => {
      const { parent } = requireWritable(paths, key)
      const mountOptions = overlayOptions(paths, key, requireChain(paths, parent))
      return {
        key,
        parent,
        mount: { type: 'overlay', source: 'overlay', options: mountOptions, workingDirectory: paths.directory },
        upperDirectory: paths.writable(key).files,
        directory: paths.writable(key).directory,
      }
    })
  return {
    kind: 'overlay',
    unpack: (content, stack, options = {}) => unpackOverlay({ paths, content, stack, options }),
    has: async (chainId) => chainBelow(paths, chainId) !== undefined,
    lookup: async (chainId, path) => fileAt(treeOf(chainId), path),
    names: async (chainId, path) => treeOf(chainId).names(relativePath(path)),
    async create(key, parent, options = {}) {
      await makeWritable(
        paths,
        {
          key,
          parent,
          check: () => void requireFiles(paths, parent),
          fill: (writable) => makeUpper(writable, requireFiles(paths, parent)),
        },
        options,
      )
      return snapshotOf(key, options)
    },
    open: async (key, options = {}) => snapshotOf(key, options),
    async *changes(key, options = {}) {
      const below = belowOf(key)
      yield* overlayChanges(paths.writable(key).files, below, options)
    },
    commit: (key, content, options = {}) =>
      commitWritable(paths, { key, content, options }, ({ files, work, init, snapshot }, parent) => {
        const settling = new Settling(options.latestTime)
        return {
          entries: upperEntries(files, (node) => settling.add(node)),
          settle: () => {
            settling.finish()
            inheritRoot(files, requireFiles(paths, parent)[0])
          },
          leftovers: [work, init, snapshot],
        }
      }),
    remove: (key) => removeWritableWhole(paths, key),
    list: (options) => listWritables(paths, options),
    prune: (keep, options = {}) => pruneLayers(paths, keep, options),
  }
}

/** The directories of the chain, topmost first. @throws CHAIN_UNKNOWN */
function requireFiles(paths: SnapshotPaths, chainId: Digest | undefined): readonly string[] {
  return requireChain(paths, chainId).map((layer) => paths.layer(layer).files)
}

/** The root directory of an overlay has the attributes of its upper directory. */
async function makeUpper(writable: WritablePaths, layers: readonly string[]): Promise<void> {
  const [top] = layers
  for (const directory of [writable.files, writable.work, writable.init]) mkdirSync(directory, { mode: 0o755 })
  makeMountPoints(writable.init, new MergedTree(layers))
  inheritRoot(writable.files, top)
}
