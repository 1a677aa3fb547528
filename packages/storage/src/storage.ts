/**
 * Opens the storage of a registry on a bucket.
 * @module
 */
import { parseRepositoryName } from '@tsreg/oci'
import { blobStore } from './blobs.ts'
import type { Bucket } from './bucket/bucket.ts'
import { isDirectoryBucket } from './bucket/directory/directory.ts'
import { listCatalog } from './catalog.ts'
import { type StorageContext, type StorageOptions, storageContext, storageOptions } from './context.ts'
import { lingerMsOf } from './deletion-delay.ts'
import { findEverywhere, findInRepository } from './ids.ts'
import { discardStaleUploads } from './janitor.ts'
import { checkLayout } from './layout.ts'
import { manifestStore } from './manifests.ts'
import { referrerStore } from './referrers.ts'
import type { RegistryStorage, Repository, StorageState } from './repository.ts'
import { deleteRepository } from './repository-delete.ts'
import { repositoryExists } from './repository-marker.ts'
import { singleWriter } from './single-writer.ts'
import { becomeSoleWriter, type SoleWriter } from './sole-writer.ts'
import { tagStore } from './tags.ts'
import { uploadStore } from './uploads.ts'

/**
 * The storage owns the bucket from now on: `close` closes both. An empty bucket is prepared.
 * @throws UNAVAILABLE when the bucket does not answer, has a layout this version does not know, or is written to by another
 * process and has no compare-and-swap
 */
export async function openStorage(bucket: Bucket, given: StorageOptions = {}): Promise<RegistryStorage> {
  const options = storageOptions(given)
  const writer = bucket.capabilities.cas ? undefined : await becomeSoleWriter(bucket, options)
  const conditional = writer === undefined ? bucket : singleWriter(bucket, writer.assertHeld)
  try {
    await checkLayout(conditional, lingerMsOf(options))
  } catch (error) {
    await writer?.release()
    throw error
  }
  const context = storageContext(conditional, options)
  return {
    repository: (name) => openRepository(context, parseRepositoryName(name)),
    catalog: (page) => listCatalog(context, page),
    findId: (prefix, limits) => findEverywhere(context, prefix, limits),
    discardStaleUploads: (age) => discardStaleUploads(context, age),
    // Loaded by who collects: a registry that has just started answers without it.
    collectGarbage: async (run) => (await import('./garbage-collect/index.ts')).collectGarbage(context, run),
    explainGarbage: async (digest, how) =>
      (await import('./garbage-collect/index.ts')).explainGarbage(context, digest, how),
    fsck: async (run) => (await import('./fsck/index.ts')).fsck(context, run),
    async *retention(policy, how) {
      yield* (await import('./retention/index.ts')).decideRetention(context, policy, how)
    },
    state: () => stateOf(context, writer),
    ping: (operation) => bucket.ping(operation),
    async close() {
      await writer?.release().catch((error: unknown) => options.onWarning(error, 'the one writer could not take leave'))
      await bucket.close()
    },
  }
}

function stateOf({ bucket, seen }: StorageContext, writer: SoleWriter | undefined): StorageState {
  return {
    writers: writer === undefined ? 'shared' : writer.isLost ? 'lost' : 'sole',
    conditionalDelete: bucket.capabilities.conditionalDelete,
    deadTags: seen.deadTags,
    signedUrls: bucket.signedUrl !== undefined,
    ...(isDirectoryBucket(bucket) ? { directory: bucket.directory } : {}),
  }
}

function openRepository(context: StorageContext, name: string): Repository {
  return {
    name,
    blobs: blobStore(context, name),
    manifests: manifestStore(context, name),
    tags: tagStore(context, name),
    uploads: uploadStore(context, name),
    referrers: referrerStore(context, name),
    findId: (prefix, options) => findInRepository(context, { repository: name, prefix }, options),
    exists: (options = {}) => repositoryExists(context, name, options),
    delete: (options = {}) => deleteRepository(context, name, options),
  }
}
