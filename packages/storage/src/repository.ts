/**
 * The interfaces of the storage: a {@link RegistryStorage} holds repositories, a {@link Repository} holds blobs,
 * manifests, tags, uploads and referrers. Errors carry the specification's codes; nothing here knows HTTP.
 * @module
 */

import type { Readable } from 'node:stream'
import type { Descriptor, Digest, DigestAlgorithm } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ByteRange, ETag } from './bucket/bucket.ts'
import type { FsckOptions, FsckReport } from './fsck/report.ts'
import type { ExplainOptions, Explanation, GarbageOptions, GarbageReport } from './garbage-collect/report.ts'
import type { RetentionDecision, RetentionOptions, RetentionPolicy } from './retention/policy.ts'

export interface PageOptions extends OperationOptions {
  /** At most so many items; 0 gives none. */
  readonly limit: number
  /** Items strictly after this one, which need not exist. */
  readonly last?: string | undefined
}

export interface Page<T> {
  readonly items: readonly T[]
  /** True when at least one more item follows; then the next page starts after the last item of this one. */
  readonly more: boolean
}

/** What the store under a storage can do, and how that shows: for operators. */
export interface StorageState {
  /**
   * `shared`: any number of processes. `sole`: the store has no compare-and-swap, this process alone writes, and no garbage
   * is collected. `lost`: as `sole`, but another process has taken the store over, and every write here is refused.
   */
  readonly writers: 'shared' | 'sole' | 'lost'
  /** False: dead tags stay, and count into the work of every page of tags. */
  readonly conditionalDelete: boolean
  /** Most dead tags that one page of tags has passed over since the start. */
  readonly deadTags: number
  /** Blobs can be had from the store itself, by presigned URLs. */
  readonly signedUrls: boolean
  /** Of the embedded store: where it is, which one process owns. */
  readonly directory?: string
}

export interface RegistryStorage {
  /** Access to one repository; nothing is created until something is pushed. @throws NAME_INVALID */
  repository(name: string): Repository
  /** Repository names in byte order. */
  catalog(options: PageOptions): Promise<Page<string>>
  /** Manifests of all repositories whose image ID or manifest digest begins with the hex prefix. */
  findId(hexPrefix: string, options: IdOptions): Promise<readonly IdMatch[]>
  /**
   * The janitor's round: discards upload sessions that nothing was written to for `ageMs`, with their bytes; the number
   * of them. Sessions this process is working on are left alone.
   */
  discardStaleUploads(options: OperationOptions & { readonly ageMs: number }): Promise<number>
  /**
   * Removes what nothing names, beside pushes and other runs: links and blobs that no manifest needs, tags whose manifest
   * is gone, and by policy untagged manifests. Bytes are deleted by a later run, when no reader can be on its way to them.
   * A run that was cut off costs nothing: the next one goes on.
   * @throws UNSUPPORTED on a store without compare-and-swap; CONTENT_CORRUPT when a manifest cannot be read, before
   * anything is removed
   */
  collectGarbage(options?: GarbageOptions): Promise<GarbageReport>
  /** What the store has under the digest, and why {@link collectGarbage} keeps or would remove it. Changes nothing. */
  explainGarbage(digest: Digest, options?: ExplainOptions): Promise<Explanation>
  /** Costs nothing: no request is made. */
  state(): StorageState
  /**
   * Looks for what does not belong together, and mends what is safe to mend; `tsreg fsck`. Safe beside everything else.
   * @throws what the bucket throws when it does not answer
   */
  fsck(options?: FsckOptions): Promise<FsckReport>
  /** What a retention policy says of each tag; decides only, see `dropsOf`. Repository by repository. */
  retention(policy: RetentionPolicy, options?: RetentionOptions): AsyncIterable<RetentionDecision>
  /** Resolves when the bucket answers. @throws UNAVAILABLE */
  ping(options?: OperationOptions): Promise<void>
  /** Closes the bucket as well. */
  close(): Promise<void>
}

export interface Repository {
  readonly name: string
  readonly blobs: BlobStore
  readonly manifests: ManifestStore
  readonly tags: TagStore
  readonly uploads: UploadStore
  readonly referrers: ReferrerStore
  /** Like {@link RegistryStorage.findId}, in this repository. */
  findId(hexPrefix: string, options: IdOptions): Promise<readonly IdMatch[]>
  /** True once something was pushed, until the repository is deleted. */
  exists(options?: OperationOptions): Promise<boolean>
  /**
   * Deletes the repository: its tags and manifests, its right to read blobs, and its place in the catalog; the bytes go
   * with GC. What is pushed meanwhile is deleted as well, or stays whole. @throws NAME_UNKNOWN, UNAVAILABLE
   */
  delete(options?: OperationOptions): Promise<DeletedRepository>
}

/** How many of each a deletion ended. */
export interface DeletedRepository {
  readonly tags: number
  readonly manifests: number
  /** Blobs that could be read there. */
  readonly blobs: number
}

export interface BlobStat {
  readonly digest: Digest
  readonly size: number
}

export interface BlobStore {
  /** @throws BLOB_UNKNOWN */
  stat(digest: Digest, options?: OperationOptions): Promise<BlobStat>
  /** The bytes, or a range of them. @throws BLOB_UNKNOWN */
  open(digest: Digest, options?: OperationOptions & { readonly range?: ByteRange }): Promise<Readable>
  /**
   * A presigned URL, or undefined where the bucket has none, the bytes are in no object of their own, or the storage was
   * opened without `signedUrlMs`. @throws BLOB_UNKNOWN, TypeError for a longer life than that
   */
  signedUrl(
    digest: Digest,
    options: OperationOptions & { readonly expiresSeconds: number },
  ): Promise<string | undefined>
  /**
   * Makes a blob readable here without moving bytes: from repository `from`, or from anywhere when it is not named.
   * False when it is not there; the caller then starts an upload. The caller has checked the right to pull `from`.
   */
  mount(digest: Digest, from: string | undefined, options?: OperationOptions): Promise<boolean>
  /** Takes the blob from this repository; the bytes go with GC. @throws BLOB_UNKNOWN, REFERENCED (unless `force`) */
  delete(digest: Digest, options?: OperationOptions & { readonly force?: boolean }): Promise<void>
}

export interface Upload {
  /** UUID of the session. */
  readonly id: string
  /** Bytes received and kept: where the next append starts. */
  readonly offset: number
  readonly startedAt: string
  /**
   * Appends the content durably and returns the new offset. A chunk is the content's again when the next one is asked
   * for. When the content fails in the middle, what came before is kept (the next {@link UploadStore.resume} tells how much) and the failure is thrown on.
   * @throws RANGE_INVALID when `start` is not the offset or another append won the race; nothing is consumed then.
   * @throws SIZE_INVALID when `size` is given and the content has another; nothing beyond the offset is kept then.
   */
  append(content: AsyncIterable<Uint8Array>, options?: AppendOptions): Promise<number>
  /**
   * Makes the upload a blob of the repository: visible completely, or not at all. The last bytes (the body of the closing
   * PUT) come in `content`, and not by an {@link append} before, because a wrong digest leaves the session as it was
   * before them; when that content fails in the middle, what came is kept as {@link append} does.
   * @throws DIGEST_INVALID, BLOB_UPLOAD_UNKNOWN, BLOB_UPLOAD_INVALID (being committed under another digest),
   * RANGE_INVALID and SIZE_INVALID as {@link append}
   */
  commit(digest: Digest, options?: CommitOptions): Promise<BlobStat>
  /** Forgets the session and its bytes. */
  cancel(options?: OperationOptions): Promise<void>
}

export interface AppendOptions extends OperationOptions {
  /**
   * Where the client says that its bytes start; absent: at the offset, as this object had it before another request on the
   * session was waited for.
   */
  readonly start?: number
  /** How many bytes the client announced. */
  readonly size?: number
}

export interface CommitOptions extends AppendOptions {
  /** The last bytes; absent: everything has been appended. */
  readonly content?: AsyncIterable<Uint8Array>
}

export interface ResumeOptions extends OperationOptions {
  /**
   * So long the offset waits for a request that is under way on the session: it may be saving what came over a connection
   * that was cut. Nobody is disturbed. @default 0
   */
  readonly patienceMs?: number
}

export interface UploadStore {
  /** @param options.algorithm what the digest will be computed with; default sha256, another one costs a re-read at commit. */
  create(options?: OperationOptions & { readonly algorithm?: DigestAlgorithm }): Promise<Upload>
  /** @throws BLOB_UPLOAD_UNKNOWN */
  resume(id: string, options?: ResumeOptions): Promise<Upload>
  /** A blob in one request (POST ?digest=). @throws DIGEST_INVALID, SIZE_INVALID */
  put(
    digest: Digest,
    content: AsyncIterable<Uint8Array>,
    options?: OperationOptions & { readonly size?: number },
  ): Promise<BlobStat>
}

export interface StoredManifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** Client conditions on the tag of a manifest push: digests, as they stand in the ETag of a manifest. */
export interface TagCondition {
  /** `If-Match`: the tag must name one of these (`*`: must exist). */
  readonly ifMatch?: readonly string[]
  /** `If-None-Match`: the tag must not name any of these (`*`: must not exist). */
  readonly ifNoneMatch?: readonly string[]
}

export interface PutManifestOptions extends OperationOptions, TagCondition {
  readonly mediaType: string
  /** Exact bytes as the client sent them. */
  readonly bytes: Uint8Array
  /** The digest the client named; absent for a push by tag. */
  readonly digest?: Digest
  /** Tags to point at it. */
  readonly tags: readonly string[]
}

export interface PutManifestResult {
  readonly digest: Digest
  /** Digest of the `subject` of the manifest, when it has one. */
  readonly subject?: Digest
  readonly tags: readonly string[]
}

export interface ManifestStore {
  /** @throws MANIFEST_UNKNOWN */
  fetch(digest: Digest, options?: OperationOptions): Promise<StoredManifest>
  /** @throws MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN naming each missing child, DIGEST_INVALID, TAG_INVALID, PRECONDITION_FAILED */
  put(options: PutManifestOptions): Promise<PutManifestResult>
  /** Deletes the manifest and the tags that name it. @throws MANIFEST_UNKNOWN */
  delete(digest: Digest, options?: OperationOptions): Promise<void>
}

export interface Tag {
  readonly tag: string
  readonly digest: Digest
  readonly mediaType: string
  readonly size: number
  /** ISO 8601 */
  readonly pushedAt: string
}

export interface TagStore {
  /** @throws MANIFEST_UNKNOWN */
  resolve(tag: string, options?: OperationOptions): Promise<Tag>
  /** The manifest that the tag names. @throws MANIFEST_UNKNOWN */
  fetch(tag: string, options?: OperationOptions): Promise<StoredManifest>
  /** Tags in byte order. @throws NAME_UNKNOWN when the repository never existed. */
  list(options: PageOptions): Promise<Page<string>>
  /** Tags that name the manifest, in byte order; at most `limit`, default 1000. */
  of(digest: Digest, options?: OperationOptions & { readonly limit?: number }): Promise<readonly string[]>
  /** Removes the tag only. @throws MANIFEST_UNKNOWN, PRECONDITION_FAILED */
  delete(tag: string, options?: OperationOptions & TagCondition): Promise<void>
}

export interface ReferrerStore {
  /** Descriptors (with artifactType and annotations) of the manifests whose subject is `subject`, by digest. */
  list(subject: Digest, options: PageOptions & { readonly artifactType?: string }): Promise<Page<Descriptor>>
}

export interface IdOptions extends OperationOptions {
  /** At most so many matches. */
  readonly limit: number
}

/** A manifest found by the beginning of its image ID or of its own digest. */
export interface IdMatch {
  readonly repository: string
  /** Digest of the manifest. */
  readonly digest: Digest
  /** Digest of the image config; absent for indexes and artifacts. */
  readonly imageId?: Digest
  readonly mediaType: string
  /** Bytes of the manifest and, for an image, of its config and layers. */
  readonly size: number
  /** At most 1000. */
  readonly tags: readonly string[]
}

/** What a caller outside needs of an ETag: nothing but its type. */
export type { ETag }
