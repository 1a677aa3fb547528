/**
 * The OCI image layout as a store: what a directory of images can do.
 * @module
 */
import type { Descriptor } from '@tsreg/oci'
import type { Deleter, OperationOptions, ReadOnlyTarget, SmallFetcher, TagLister, Target } from '@tsreg/oci/content'

/** One line of `index.json`: something the layout keeps, under a reference or without one. */
export interface LayoutEntry {
  /** What is kept; the annotations that hold the reference are not among its own. */
  readonly descriptor: Descriptor
  /** Tag or full reference, exactly as it was given to `tag`; undefined for content that lost its reference. */
  readonly reference: string | undefined
}

/** An image layout that is only read: a directory, or an archive of one. */
export interface LayoutReader extends ReadOnlyTarget, SmallFetcher, TagLister {
  /** Directory or file, for messages. */
  readonly location: string
  /** All entries in the order of `index.json`. */
  entries(options?: OperationOptions): Promise<readonly LayoutEntry[]>
}

/** Takes content whose digest is known only when all of it has come. */
export interface Ingester {
  /**
   * Stores the content and returns what it is. As with `push` it is visible completely or not at all, and nothing names it
   * yet.
   * @throws STORAGE_FULL, what the content throws, the reason of the signal
   */
  ingest(mediaType: string, content: AsyncIterable<Uint8Array>, options?: OperationOptions): Promise<Descriptor>
}

/** What {@link Layout.remove} took away. */
export interface RemovedContent {
  readonly entries: readonly LayoutEntry[]
  /** Content that nothing in the layout names any more: manifests before what they are made of. */
  readonly deleted: readonly Descriptor[]
}

/**
 * A layout that is also written. Content becomes visible in three steps, each of them atomic and durable: a blob is
 * received into `ingest/`, then moved to `blobs/` once its digest is proven, then named in `index.json`.
 *
 * References are whatever `tag` is given: bare tags in a layout of one repository, full references in the local store.
 */
export interface Layout extends LayoutReader, Target, Ingester, Deleter {
  /** Absolute path. */
  readonly directory: string
  /**
   * Points the reference at a manifest, whose blobs must all be there (manifests of an index may be missing).
   * With a digest as reference the manifest is kept without a name.
   * @throws MANIFEST_UNKNOWN, MANIFEST_BLOB_UNKNOWN, TAG_INVALID, LAYOUT_BUSY
   */
  tag(target: Descriptor, reference: string, options?: TagOptions): Promise<void>
  /**
   * Takes the references of the chosen entries away, and keeps their content without a name. Returns the entries as they
   * were.
   * @throws LAYOUT_BUSY
   */
  untag(choose: (entry: LayoutEntry) => boolean, options?: OperationOptions): Promise<readonly LayoutEntry[]>
  /** True for an image manifest only when all that it is made of is there as well. */
  exists(target: Descriptor, options?: OperationOptions): Promise<boolean>
  /**
   * Takes the chosen entries out of `index.json`, and deletes the content that only they led to. Content of others is
   * kept, and so is everything when no entry was chosen.
   * @throws LAYOUT_BUSY
   */
  remove(choose: (entry: LayoutEntry) => boolean, options?: OperationOptions): Promise<RemovedContent>
  /**
   * Deletes content that nothing names and remains of broken transfers, both not younger than the age.
   * @throws LAYOUT_BUSY
   */
  prune(options?: PruneOptions): Promise<readonly string[]>
}

export interface TagOptions extends OperationOptions {
  /** Of the entry in `index.json`, beside those that name it. @default none */
  readonly annotations?: Readonly<Record<string, string>> | undefined
}

export interface PruneOptions extends OperationOptions {
  /**
   * In milliseconds. Content of a transfer under way is named by nothing yet.
   * @default 86400000 (a day)
   */
  readonly minimumAgeMs?: number
}
