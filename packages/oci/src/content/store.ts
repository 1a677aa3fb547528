/**
 * The content ports: what a registry, a local layout and memory have in common. Interfaces of one to three methods,
 * composed; abilities that not every store has are separate and found by a type test (`isMounter(target)`).
 * @module
 */
import type { Readable } from 'node:stream'
import type { Descriptor } from '../descriptor.ts'
import type { Digest } from '../digest.ts'

export interface OperationOptions {
  readonly signal?: AbortSignal | undefined
}

export interface FetchOptions extends OperationOptions {
  /** First byte wanted; default 0. A store that cannot start there starts at 0 and discards. */
  readonly offset?: number | undefined
}

/** Opens the content from a byte offset. A factory and not a stream, so that a failed transfer can be tried again. */
export type OpenContent = (options: FetchOptions) => Promise<AsyncIterable<Uint8Array>>

export interface Fetcher {
  /** The bytes that `target` describes, unverified. @throws BLOB_UNKNOWN, MANIFEST_UNKNOWN */
  fetch(target: Descriptor, options?: FetchOptions): Promise<Readable>
}

export interface Pusher {
  /**
   * Stores the content under `expected.digest`: visible completely or not at all, success when it is there already.
   * @throws DIGEST_INVALID, SIZE_INVALID when the bytes are not those described.
   */
  push(expected: Descriptor, open: OpenContent, options?: OperationOptions): Promise<void>
}

export interface Existence {
  exists(target: Descriptor, options?: OperationOptions): Promise<boolean>
}

export interface Resolver {
  /** @param reference a tag or a digest. @throws MANIFEST_UNKNOWN */
  resolve(reference: string, options?: OperationOptions): Promise<Descriptor>
}

export interface Tagger {
  /** Points `tag` at a manifest that is in the store. */
  tag(target: Descriptor, tag: string, options?: OperationOptions): Promise<void>
}

export interface Store extends Fetcher, Pusher, Existence {}
export interface ReadOnlyTarget extends Fetcher, Existence, Resolver {}
export interface Target extends Store, Resolver, Tagger {}

export interface Deleter {
  delete(target: Descriptor, options?: OperationOptions): Promise<void>
}

export interface Mounter {
  /** Makes a blob of repository `from` readable here without moving its bytes; false when the registry would not. */
  mount(target: Descriptor, from: string, options?: OperationOptions): Promise<boolean>
}

export interface TagLister {
  /** Tags in the order of the store, pages fetched as they are consumed. */
  tags(options?: OperationOptions): AsyncIterable<string>
}

export interface SmallFetcher {
  /**
   * The bytes that `target` describes, unverified and in memory: for content that the caller has found small. What holds it
   * on this machine spares the caller a stream. @throws as {@link Fetcher.fetch}
   */
  fetchSmall(target: Descriptor, options?: OperationOptions): Promise<Uint8Array>
}

export interface ReferrerLister {
  referrers(subject: Digest, options?: OperationOptions & { readonly artifactType?: string }): AsyncIterable<Descriptor>
}

export function isMounter(store: object): store is Mounter {
  return typeof (store as Partial<Mounter>).mount === 'function'
}
export function isDeleter(store: object): store is Deleter {
  return typeof (store as Partial<Deleter>).delete === 'function'
}
export function isTagLister(store: object): store is TagLister {
  return typeof (store as Partial<TagLister>).tags === 'function'
}
export function isSmallFetcher(store: object): store is SmallFetcher {
  return typeof (store as Partial<SmallFetcher>).fetchSmall === 'function'
}
export function isReferrerLister(store: object): store is ReferrerLister {
  return typeof (store as Partial<ReferrerLister>).referrers === 'function'
}
