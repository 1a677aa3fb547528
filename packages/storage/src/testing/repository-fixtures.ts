/**
 * What the contract tests of the storage share: two replicas on one bucket, content, and a look at what is left behind.
 * @module
 */
import { buffer } from 'node:stream/consumers'
import { type Digest, digestOf, OciError } from '@tsreg/oci'
import { type ContentGraph, chunked, makeImage } from '@tsreg/testkit'
import type { Bucket } from '../bucket/index.ts'
import type { RegistryStorage, Repository } from '../repository.ts'

/** Open only while tests run. */
export interface StorageUnderTest {
  readonly bucket: Bucket
  readonly storage: RegistryStorage
  /** Another replica: the same bucket, nothing else in common. */
  readonly replica: RegistryStorage
  /** Part size of the bucket, and how much the storage keeps in one object. */
  readonly partSize: number
  readonly singleBytes: number
}

export type CurrentStorage = () => StorageUnderTest

let count = 0
/** A repository name that no other test has. */
export function freshName(): string {
  count++
  return `test/repo-${count}`
}

/** The bytes in chunks; by default one. */
export function content(bytes: Uint8Array, chunkBytes = Math.max(1, bytes.byteLength)): AsyncIterable<Uint8Array> {
  return chunked(bytes, chunkBytes)
}

/** Content that never goes on after its bytes. Resolves `hanging` when that point is reached. */
export function stuck(bytes: Uint8Array): {
  readonly chunks: AsyncIterable<Uint8Array>
  readonly hanging: Promise<void>
} {
  const { promise: hanging, resolve } = Promise.withResolvers<void>()
  async function* generate() {
    yield bytes
    resolve()
    await new Promise(() => {})
  }
  return { chunks: generate(), hanging }
}

/** What the call fails with. */
export async function failureOf(work: Promise<unknown>): Promise<OciError> {
  const error = await work.then(
    () => new Error('expected a failure'),
    (failure: unknown) => failure,
  )
  if (error instanceof OciError) return error
  throw error
}

export async function readBlob(repository: Repository, digest: Digest): Promise<Buffer> {
  return await buffer(await repository.blobs.open(digest))
}

export async function pushBlob(repository: Repository, bytes: Uint8Array): Promise<Digest> {
  const digest = digestOf(bytes)
  await repository.uploads.put(digest, content(bytes), { size: bytes.byteLength })
  return digest
}

/** Pushes everything below the manifest: blobs as blobs, manifests of an index as manifests. */
export async function pushParts(repository: Repository, graph: ContentGraph): Promise<void> {
  for (const { descriptor, bytes } of graph.blobs.values()) {
    if (descriptor.mediaType.includes('manifest') || descriptor.mediaType.includes('index')) {
      await repository.manifests.put({ mediaType: descriptor.mediaType, bytes, digest: descriptor.digest, tags: [] })
    } else await pushBlob(repository, bytes)
  }
}

export async function pushGraphTo(repository: Repository, graph: ContentGraph, ...tags: string[]): Promise<Digest> {
  await pushParts(repository, graph)
  const { descriptor, bytes } = graph.manifest
  return (await repository.manifests.put({ mediaType: descriptor.mediaType, bytes, tags })).digest
}

export function pushImage(repository: Repository, seed: number, ...tags: string[]): Promise<Digest> {
  return pushGraphTo(repository, makeImage({ seed }), ...tags)
}

/** All keys with the prefix. */
export async function keysOf(bucket: Bucket, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for (let startAfter = ''; ; startAfter = keys.at(-1) ?? '') {
    const page = await bucket.list({ prefix, startAfter })
    keys.push(...page.map(({ key }) => key))
    if (page.length < 1000) return keys
  }
}

/** Sessions and bytes in the bucket whose keys hold one of the session ids. */
export async function leftBy(bucket: Bucket, ...ids: string[]): Promise<string[]> {
  const keys = [...(await keysOf(bucket, 'u/')), ...(await keysOf(bucket, 'd/'))]
  return keys.filter((key) => ids.some((id) => key.includes(id)))
}
