/**
 * Unpacked layers, read-only and shared by all images that have them, and one writable layer above them per container or
 * build step.
 * @module
 */
import type { Descriptor, Digest } from '@tsreg/oci'
import type { Fetcher, OperationOptions } from '@tsreg/oci/content'
import type { WrittenLayer } from '../layer/write/write-layer.ts'
import type { Ingester } from '../layout/layout.ts'

/** The layers of an image, the base first. */
export interface LayerStack {
  /** As in the manifest: compressed. */
  readonly layers: readonly Descriptor[]
  /** As in the config: of the uncompressed layers, one for each of `layers`. */
  readonly diffIds: readonly Digest[]
}

export interface UnpackOptions extends OperationOptions {
  /** Called as compressed bytes of a layer are consumed, and once with `done` when it is in place. */
  readonly onProgress?: (layer: Descriptor, progress: { readonly bytes: number; readonly done: boolean }) => void
}

/**
 * A writable layer above a chain of read-only ones. It lives on disk until it is removed, whatever happens to the
 * process that made it.
 */
export interface Snapshot {
  /** Chosen by the caller: the ID of the container, or of the step. */
  readonly key: string
  /** The chain ID of the read-only layers below; none above nothing (`FROM scratch`). */
  readonly parent: Digest | undefined
  /**
   * How to mount the root file system, as `mount(8)` and config.json of runtime-spec take it. Nothing is mounted by the
   * snapshotter: who mounts, does so in a mount namespace of his own, so that a killed process leaves no mount behind.
   */
  readonly mount: SnapshotMount
  /** What the writable layer alone holds. */
  readonly upperDirectory: string
  /** All that there is of it on disk: once this is removed, there is no such snapshot. Not while it is mounted. */
  readonly directory: string
}

export type SnapshotMount =
  | {
      readonly type: 'overlay'
      readonly source: 'overlay'
      /** Paths in them are relative: 125 layers with absolute ones do not fit into the page that mount(2) takes. */
      readonly options: readonly string[]
      /** The working directory of whoever mounts. */
      readonly workingDirectory: string
    }
  /** Where there is no overlay: a full copy in a directory. */
  | { readonly type: 'bind'; readonly source: string; readonly options: readonly string[] }

/** What the layers of a chain together have under a path. */
export interface SnapshotFile {
  readonly type: 'directory' | 'file' | 'symlink' | 'char' | 'block' | 'fifo' | 'socket'
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Seconds since 1970, possibly with a fraction. */
  readonly mtime: number
  /** Of a file. */
  readonly sizeBytes: number
  /** Where it lies on disk: only to be read. */
  readonly location: string
}

/** One difference between a writable layer and what lies below it, as `docker diff` tells it. */
export interface Change {
  readonly kind: 'added' | 'modified' | 'deleted'
  /** Absolute in the root file system, without a slash at the end. */
  readonly path: string
}

/** What became of a writable layer that was written as a layer of an image. */
export interface CommittedLayer extends WrittenLayer {
  /** The chain ID that it has above the snapshot's parent. Its files are in place: nothing has to be unpacked. */
  readonly chainId: Digest
}

export interface CommitOptions extends OperationOptions {
  /**
   * Later modification times are written as this one, in seconds since 1970, so that the same content gives the same layer.
   * @default none: times are kept, in whole seconds
   */
  readonly latestTime?: number
}

/** Snapshots under one directory. Processes may share it; nothing is held open. */
export interface Snapshotter {
  readonly kind: 'overlay' | 'directory'
  /**
   * Brings the layers in place that are not yet, each once whatever the number of processes that want it, and returns
   * the chain ID of the topmost; undefined of no layers. A layer is proven by its diff ID.
   * @throws DIGEST_INVALID, LAYER_INVALID, what the content throws
   */
  unpack(content: Fetcher, stack: LayerStack, options?: UnpackOptions): Promise<Digest | undefined>
  /** True when the whole chain up to this ID is in place. */
  has(chainId: Digest): Promise<boolean>
  /**
   * What a root file system of this chain has under the absolute path; undefined when there is nothing. No link is followed,
   * neither the last name nor one before it. @throws CHAIN_UNKNOWN
   */
  lookup(chainId: Digest, path: string, options?: OperationOptions): Promise<SnapshotFile | undefined>
  /**
   * The names in a directory of a root file system of this chain, in the order of their bytes; none when it is no directory.
   * @throws CHAIN_UNKNOWN
   */
  names(chainId: Digest, path: string, options?: OperationOptions): Promise<readonly string[]>
  /**
   * Makes a writable layer. Below it, and in no diff, are the files that a container's own mounts cover, where the image has
   * none: `/proc`, `/sys`, `/dev`, `/etc/resolv.conf` and their like. @throws SNAPSHOT_EXISTS, CHAIN_UNKNOWN
   */
  create(key: string, parent: Digest | undefined, options?: OperationOptions): Promise<Snapshot>
  /** @throws SNAPSHOT_UNKNOWN */
  open(key: string, options?: OperationOptions): Promise<Snapshot>
  /** In the order of their paths; a directory before what is in it. */
  changes(key: string, options?: OperationOptions): AsyncIterable<Change>
  /**
   * Writes what the writable layer holds as a layer into `content` and makes it a read-only one above its parent; the
   * snapshot is gone then. Undefined, and the snapshot removed, when it changes nothing.
   */
  commit(key: string, content: Ingester, options?: CommitOptions): Promise<CommittedLayer | undefined>
  /** Removes the writable layer. One that is not there is removed already. */
  remove(key: string, options?: OperationOptions): Promise<void>
  /** The keys of all writable layers. */
  list(options?: OperationOptions): AsyncIterable<string>
  /** Removes unpacked layers that no chain of `keep` and no writable layer stands on. */
  prune(keep: readonly Digest[], options?: OperationOptions): Promise<{ readonly removed: readonly Digest[] }>
}
