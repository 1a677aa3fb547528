/**
 * The names in a directory of snapshots; the one place that knows them.
 *
 * ```
 * snapshots.json                     version and kind; a directory that has it is complete
 * layers/<hex>/layer.json            what it is: parent, diff ID, size
 * layers/<hex>/fs/                   overlay: the layer alone, as overlayfs reads it; directory: with all below it
 * l/<beginning of hex>               link to layers/<hex>/fs, for mount options
 * unpacking/<hex>/                   a layer that is not complete; whoever holds locks/<hex> makes it
 * unpacking/<hex>.<random>/          for a moment before that: still empty
 * writable/<key>/snapshot.json       what it stands on
 * writable/<key>/fs/                 overlay: the upper directory; directory: the whole root file system
 * writable/<key>/work/  init/        overlay: its work directory; the files that mounts cover, below the upper directory
 * writable/<key>/copied              directory: what the copied files were
 * writable/.<key>/                   one that is not complete; whoever holds locks/key-<key> makes it
 * removed/<random>/                  what is being deleted
 * locks/<name>                       held by who works on it; locks/state while anything is put in place or taken away
 * ```
 * @module
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Digest, isDigest } from '@tsreg/oci'

/** Of one layer, or one writable layer: they have the same shape, so that the one becomes the other by a rename. */
export interface LayerPaths {
  readonly directory: string
  readonly record: string
  readonly files: string
}

export interface WritablePaths extends LayerPaths {
  readonly snapshot: string
  readonly work: string
  readonly init: string
  readonly copied: string
}

export interface SnapshotPaths {
  readonly directory: string
  /** Whether what is put in place is synced before. */
  readonly isDurable: boolean
  readonly header: string
  readonly layers: string
  readonly links: string
  readonly unpacking: string
  readonly writables: string
  readonly removed: string
  readonly locks: string
  readonly stateLock: string
  readonly layer: (chainId: Digest) => LayerPaths
  readonly unpackingLayer: (chainId: Digest) => LayerPaths
  /** A new name each time. */
  readonly unpackingName: (chainId: Digest) => string
  readonly layerLock: (chainId: Digest) => string
  readonly writable: (key: string) => WritablePaths
  readonly unfinished: (key: string) => WritablePaths
  readonly keyLock: (key: string) => string
  /** A new name each time. */
  readonly removal: () => string
}

export function snapshotPaths(directory: string, isDurable = true): SnapshotPaths {
  const under = (...names: readonly string[]) => join(directory, ...names)
  return {
    directory,
    isDurable,
    header: under('snapshots.json'),
    layers: under('layers'),
    links: under('l'),
    unpacking: under('unpacking'),
    writables: under('writable'),
    removed: under('removed'),
    locks: under('locks'),
    stateLock: under('locks', 'state'),
    layer: (chainId) => layerPaths(under('layers', nameOfChain(chainId))),
    unpackingLayer: (chainId) => layerPaths(under('unpacking', nameOfChain(chainId))),
    unpackingName: (chainId) => under('unpacking', `${nameOfChain(chainId)}.${randomBytes(8).toString('hex')}`),
    layerLock: (chainId) => under('locks', nameOfChain(chainId)),
    writable: (key) => writablePaths(under('writable', key)),
    unfinished: (key) => writablePaths(under('writable', `.${key}`)),
    keyLock: (key) => under('locks', `key-${key}`),
    removal: () => under('removed', randomBytes(8).toString('hex')),
  }
}

/** The hex digits of a chain ID; before those of another algorithm than SHA-256, its name. */
export function nameOfChain(chainId: Digest): string {
  return chainId.replace(/^sha256:/, '').replace(':', '-')
}

/** The chain ID that has the name; undefined for the name of something else. */
export function chainOfName(name: string): Digest | undefined {
  const text = name.includes('-') ? name.replace('-', ':') : `sha256:${name}`
  return isDigest(text) ? text : undefined
}

function layerPaths(directory: string): LayerPaths {
  return { directory, record: join(directory, 'layer.json'), files: join(directory, 'fs') }
}

function writablePaths(directory: string): WritablePaths {
  return {
    ...layerPaths(directory),
    snapshot: join(directory, 'snapshot.json'),
    work: join(directory, 'work'),
    init: join(directory, 'init'),
    copied: join(directory, 'copied'),
  }
}
