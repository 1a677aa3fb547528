/**
 * Opens the storage that the configuration names.
 * @module
 */
import { openStorage, type RegistryStorage } from '@tsreg/storage'
import { type Bucket, directoryBucket, memoryBucket } from '@tsreg/storage/bucket'
import type { Logger } from 'pino'
import { type RegistryConfig, StartError } from './config/index.ts'

/** @throws StartError CONFIG_INVALID for a URL of another kind; what the bucket throws when it cannot be opened */
export async function openNamedStorage(config: RegistryConfig, logger: Logger): Promise<RegistryStorage> {
  const bucket = await openBucket(config.storage)
  try {
    return await openStorage(bucket, {
      maxManifestBytes: config.maxManifestBytes,
      sparseImages: config.allowSparseImages,
      cacheTtlMs: config.cacheSeconds * 1000,
      signedUrlMs: config.redirects && bucket.signedUrl !== undefined ? config.redirectSeconds * 1000 : 0,
      onWarning: (error, what) => logger.warn({ err: error }, what),
    })
  } catch (error) {
    await bucket.close()
    throw error
  }
}

async function openBucket(url: string): Promise<Bucket> {
  if (url === 'memory:') return memoryBucket()
  if (url.startsWith('file:') && url.length > 'file:'.length) return directoryBucket(url.slice('file:'.length))
  throw new StartError('CONFIG_INVALID', `storage: ${JSON.stringify(url)} is not file:DIR or memory:`, {
    setting: 'storage',
  })
}
