/**
 * A repository of a remote registry as a content target: what `copy` reads from and writes to.
 * @module
 */
import { Readable } from 'node:stream'
import {
  type Descriptor,
  type Digest,
  isDigest,
  isManifestType,
  isSchema1Type,
  parseDigest,
  parseRepositoryName,
  parseTag,
} from '@tsreg/oci'
import {
  type Deleter,
  type FetchOptions,
  type Mounter,
  maxManifestBytes,
  type OpenContent,
  type OperationOptions,
  type ReferrerLister,
  readAll,
  type TagLister,
  type Target,
  verifyContent,
} from '@tsreg/oci/content'
import { blobExists, deleteBlob, fetchBlob, resolveBlob } from './blobs.ts'
import type { RepositoryContext } from './context.ts'
import { findId, type IdMatch } from './ids.ts'
import {
  deleteManifest,
  type FetchedManifest,
  type FetchManifestOptions,
  fetchManifest,
  manifestExists,
  type PushedManifest,
  type PushManifestOptions,
  putManifest,
  resolveManifest,
} from './manifests.ts'
import { forgetReferrer, listReferrers, type ReferrersOptions, recordReferrer } from './referrers.ts'
import { type DeletedRepository, deleteRepository } from './repository-delete.ts'
import { deleteTag, listTags, type TagsOptions } from './tags.ts'
import { cancelUpload, mountOrStart } from './upload-session.ts'
import { pushBlob } from './uploads.ts'

/** Made by {@link RemoteRegistry.repository}. */
export class RemoteRepository implements Target, Mounter, TagLister, ReferrerLister, Deleter {
  readonly name: string
  /** Host of the registry as it stands in references. */
  readonly host: string
  readonly #context: RepositoryContext
  /** The last manifests that passed through: tagging one that was just pushed need not fetch it. */
  readonly #recent = new Map<Digest, { readonly bytes: Uint8Array; readonly mediaType: string }>()

  /** @throws NAME_INVALID */
  constructor(context: Omit<RepositoryContext, 'sessions' | 'missing' | 'referrersApi'>) {
    this.name = parseRepositoryName(context.name)
    this.host = context.transport.host
    this.#context = { ...context, sessions: new Map(), missing: new Set(), referrersApi: undefined }
  }

  /**
   * Of a blob a stream that survives cut and stalled connections; of a manifest the bytes, verified.
   * @throws BLOB_UNKNOWN, MANIFEST_UNKNOWN, ClientError
   */
  async fetch(target: Descriptor, options: FetchOptions = {}): Promise<Readable> {
    if (!isManifest(target)) return fetchBlob(this.#context, target, options)
    const { bytes } = await this.fetchManifest(target.digest, { signal: options.signal, accept: [target.mediaType] })
    const rest = bytes.subarray(options.offset ?? 0)
    return Readable.from(rest.byteLength === 0 ? [] : [rest], { objectMode: false })
  }

  /** @param reference a tag or a digest. @throws MANIFEST_UNKNOWN, MANIFEST_INVALID, DIGEST_INVALID, ClientError */
  async fetchManifest(reference: string, options: FetchManifestOptions = {}): Promise<FetchedManifest> {
    const fetched = await fetchManifest(this.#context, checkReference(reference), options)
    this.#remember(fetched.descriptor.digest, { bytes: fetched.bytes, mediaType: fetched.descriptor.mediaType })
    return fetched
  }

  /** @throws MANIFEST_UNKNOWN, ClientError */
  resolve(reference: string, options: OperationOptions = {}): Promise<Descriptor> {
    return resolveManifest(this.#context, checkReference(reference), options)
  }

  /** A blob by its digest alone: how large it is. @throws BLOB_UNKNOWN, ClientError */
  resolveBlob(digest: Digest, options: OperationOptions = {}): Promise<Descriptor> {
    return resolveBlob(this.#context, parseDigest(digest), options)
  }

  async exists(target: Descriptor, options: OperationOptions = {}): Promise<boolean> {
    if (isManifest(target)) {
      return manifestExists(this.#context, target.digest, { ...options, accept: [target.mediaType] })
    }
    const exists = await blobExists(this.#context, target.digest, options)
    const { missing } = this.#context
    if (!exists && missing.size < maxMissing) missing.add(target.digest)
    return exists
  }

  /**
   * A blob goes up by whatever way gets through, and on from where it was cut. A manifest with a `subject` is entered
   * in the fallback tag where the registry does not list referrers.
   * @throws DIGEST_INVALID, SIZE_INVALID when the bytes are not those described; what the registry says; ClientError.
   */
  async push(expected: Descriptor, open: OpenContent, options: OperationOptions = {}): Promise<void> {
    if (!isManifest(expected)) return pushBlob(this.#context, expected, open, options)
    const content = await open({ signal: options.signal })
    const bytes = await readAll(verifyContent(expected, content), maxManifestBytes)
    await this.pushManifest({
      bytes,
      mediaType: expected.mediaType,
      reference: expected.digest,
      signal: options.signal,
    })
  }

  /** The same for bytes in memory, to a tag or the digest, on conditions where the registry knows them. */
  async pushManifest(options: PushManifestOptions): Promise<PushedManifest> {
    const pushed = await putManifest(this.#context, { ...options, reference: checkReference(options.reference) })
    const { bytes, mediaType, signal } = options
    this.#remember(pushed.digest, { bytes, mediaType })
    await recordReferrer(this.#context, { bytes, mediaType, subject: pushed.subject }, { signal })
    return pushed
  }

  /** @throws MANIFEST_UNKNOWN when the manifest is not in the repository. */
  async tag(target: Descriptor, tag: string, options: OperationOptions = {}): Promise<void> {
    const reference = parseTag(tag)
    const { bytes, mediaType } = this.#recent.get(target.digest) ?? (await this.#fetchForTag(target, options))
    await putManifest(this.#context, { bytes, mediaType, reference, signal: options.signal })
  }

  /** False when the registry would not; the session that it opened in place of it serves the push that follows. */
  async mount(target: Descriptor, from: string, options: OperationOptions = {}): Promise<boolean> {
    const outcome = await mountOrStart(this.#context, target.digest, parseRepositoryName(from), options)
    if (outcome === 'mounted') return true
    if (outcome === undefined) return false
    const { sessions } = this.#context
    const earlier = sessions.get(target.digest)
    sessions.set(target.digest, outcome)
    if (earlier !== undefined) await cancelUpload(this.#context, earlier)
    return false
  }

  /** A manifest with its tags, or a blob. @throws MANIFEST_UNKNOWN, BLOB_UNKNOWN, UNSUPPORTED, REFERENCED */
  async delete(target: Descriptor, options: OperationOptions = {}): Promise<void> {
    if (!isManifest(target)) return deleteBlob(this.#context, target.digest, options)
    await forgetReferrer(this.#context, target.digest, options)
    await deleteManifest(this.#context, target.digest, options)
    this.#recent.delete(target.digest)
  }

  /** Removes the tag only. @throws MANIFEST_UNKNOWN, UNSUPPORTED */
  deleteTag(tag: string, options: OperationOptions = {}): Promise<void> {
    return deleteTag(this.#context, tag, options)
  }

  /**
   * Deletes the repository with all its tags and images: an extension of tsreg. @throws NAME_UNKNOWN; UNSUPPORTED where the
   * registry does not know it
   */
  deleteAll(options: OperationOptions = {}): Promise<DeletedRepository> {
    return deleteRepository(this.#context, options)
  }

  /** @throws NAME_UNKNOWN */
  tags(options: TagsOptions = {}): AsyncIterable<string> {
    return listTags(this.#context, options)
  }

  referrers(subject: Digest, options: ReferrersOptions = {}): AsyncIterable<Descriptor> {
    return listReferrers(this.#context, parseDigest(subject), options)
  }

  /** Images of this repository by the beginning of their ID or digest. @throws UNSUPPORTED */
  findId(prefix: string, options: OperationOptions = {}): Promise<readonly IdMatch[]> {
    return findId(this.#context.transport, this.name, prefix, options)
  }

  async #fetchForTag({ digest, mediaType }: Descriptor, { signal }: OperationOptions) {
    const fetched = await this.fetchManifest(digest, { signal, accept: [mediaType] })
    return { bytes: fetched.bytes, mediaType: fetched.descriptor.mediaType }
  }

  #remember(digest: Digest, manifest: { readonly bytes: Uint8Array; readonly mediaType: string }): void {
    if (manifest.bytes.byteLength > maxRecentBytes) return
    this.#recent.delete(digest)
    this.#recent.set(digest, manifest)
    const oldest = this.#recent.keys().next()
    if (this.#recent.size > maxRecent && oldest.done !== true) this.#recent.delete(oldest.value)
  }
}

const maxMissing = 1000
const maxRecent = 16
const maxRecentBytes = 256 * 1024

/** What lives under `/manifests/`. */
function isManifest({ mediaType }: Descriptor): boolean {
  return isManifestType(mediaType) || isSchema1Type(mediaType)
}

/** @throws TAG_INVALID, DIGEST_INVALID */
function checkReference(reference: string): string {
  if (isDigest(reference)) return reference
  return reference.includes(':') ? parseDigest(reference) : parseTag(reference)
}
