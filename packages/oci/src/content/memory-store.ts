/**
 * A store in memory: for tests, and for what is small and passing, such as a build's manifests before they are pushed.
 * @module
 */
import { Readable } from 'node:stream'
import type { Descriptor } from '../descriptor.ts'
import { type Digest, isDigest } from '../digest.ts'
import { OciError } from '../errors.ts'
import { artifactTypeOf } from '../image/manifest.ts'
import { parseManifest } from '../image/parse-manifest.ts'
import { isManifestType } from '../media-types.ts'
import { parseTag } from '../tag.ts'
import type {
  Deleter,
  FetchOptions,
  OpenContent,
  OperationOptions,
  ReferrerLister,
  TagLister,
  Target,
} from './store.ts'
import { readAll, verifyContent } from './verify.ts'

interface Entry {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

const chunkBytes = 64 * 1024

/** Everything is lost with the object. Tags are listed in byte order. */
export class MemoryStore implements Target, TagLister, Deleter, ReferrerLister {
  readonly #entries = new Map<Digest, Entry>()
  readonly #tags = new Map<string, Digest>()

  async fetch(target: Descriptor, { offset = 0, signal }: FetchOptions = {}): Promise<Readable> {
    signal?.throwIfAborted()
    const { bytes } = this.#entry(target)
    return Readable.from(chunksOf(bytes.subarray(offset)), { objectMode: false, ...(signal ? { signal } : {}) })
  }

  async push(expected: Descriptor, open: OpenContent, { signal }: OperationOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    const present = this.#entries.get(expected.digest)
    if (present !== undefined) {
      // What was a blob may be pushed again as the manifest that it is.
      if (isManifestType(expected.mediaType)) this.#add(expected, present.bytes)
      return
    }
    const content = await open({ offset: 0, signal })
    const bytes = await readAll(verifyContent(expected, content), expected.size)
    signal?.throwIfAborted()
    this.#add(expected, bytes)
  }

  async exists(target: Descriptor, { signal }: OperationOptions = {}): Promise<boolean> {
    signal?.throwIfAborted()
    return this.#entries.has(target.digest)
  }

  async resolve(reference: string, { signal }: OperationOptions = {}): Promise<Descriptor> {
    signal?.throwIfAborted()
    const digest = isDigest(reference) ? reference : this.#tags.get(parseTag(reference))
    const descriptor = digest === undefined ? undefined : this.#entries.get(digest)?.descriptor
    if (descriptor !== undefined && isManifestType(descriptor.mediaType)) return descriptor
    throw unknown('MANIFEST_UNKNOWN', reference)
  }

  async tag(target: Descriptor, tag: string, { signal }: OperationOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    const name = parseTag(tag)
    await this.resolve(target.digest)
    this.#tags.set(name, target.digest)
  }

  async *tags({ signal }: OperationOptions = {}): AsyncGenerator<string, void, undefined> {
    for (const tag of [...this.#tags.keys()].sort()) {
      signal?.throwIfAborted()
      yield tag
    }
  }

  /** Tags of a deleted manifest go with it. */
  async delete(target: Descriptor, { signal }: OperationOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    this.#entry(target)
    this.#entries.delete(target.digest)
    for (const [tag, digest] of this.#tags) {
      if (digest === target.digest) this.#tags.delete(tag)
    }
  }

  async *referrers(
    subject: Digest,
    { signal, artifactType }: OperationOptions & { readonly artifactType?: string } = {},
  ): AsyncGenerator<Descriptor, void, undefined> {
    for (const { descriptor, bytes } of [...this.#entries.values()]) {
      signal?.throwIfAborted()
      if (!isManifestType(descriptor.mediaType)) continue
      const manifest = parseManifest(bytes, descriptor.mediaType)
      const type = artifactTypeOf(manifest)
      if (manifest.subject?.digest !== subject || (artifactType !== undefined && type !== artifactType)) continue
      const { annotations } = manifest
      yield {
        ...descriptor,
        ...(type === undefined ? {} : { artifactType: type }),
        ...(annotations === undefined ? {} : { annotations }),
      }
    }
  }

  #entry(target: Descriptor): Entry {
    const entry = this.#entries.get(target.digest)
    if (entry !== undefined) return entry
    throw unknown(isManifestType(target.mediaType) ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN', target.digest)
  }

  #add({ mediaType, digest, size }: Descriptor, bytes: Uint8Array): void {
    this.#entries.set(digest, { descriptor: { mediaType, digest, size }, bytes })
  }
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

function unknown(code: 'MANIFEST_UNKNOWN' | 'BLOB_UNKNOWN', reference: string): OciError {
  return new OciError(code, `${reference} is not in the store`, { detail: { reference } })
}
